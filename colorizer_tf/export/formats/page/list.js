// The hints of an editor as a list: a button each to choose and to delete one.

/** Shows them in an element, an ol. */
export function showList(list, editor) {
  list.replaceChildren(
    ...editor.hints.map((hint, index) => {
      const item = document.createElement("li");
      const radius = hint.radius ? `, radius ${hint.radius}` : "";
      const choose = button(`${hint.color} at ${hint.x}, ${hint.y}${radius}`, () => editor.select(hint));
      choose.setAttribute("aria-pressed", hint === editor.selected);
      const swatch = document.createElement("span");
      swatch.className = "swatch";
      if (hint.color !== "keep") swatch.style.backgroundColor = hint.color;
      choose.prepend(swatch);
      const remove = button("\u00d7", () => {
        editor.select(hint);
        editor.remove();
      });
      remove.setAttribute("aria-label", `Delete hint ${index + 1}`);
      item.append(choose, remove);
      return item;
    }),
  );
}

function button(text, click) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.addEventListener("click", click);
  return made;
}
