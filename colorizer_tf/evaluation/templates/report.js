"use strict";
function valueOf(cell) {
  const raw = cell.dataset.value;
  if (raw === undefined) return cell.textContent.trim().toLocaleLowerCase();
  return raw === "" ? null : Number(raw);
}
function sortTable(button) {
  const header = button.closest("th"), table = button.closest("table");
  const body = table.tBodies[0], column = header.cellIndex;
  const before = header.getAttribute("aria-sort");
  const first = header.dataset.first || "ascending";
  const other = first === "ascending" ? "descending" : "ascending";
  const order = before === first ? other : first;
  for (const each of table.tHead.rows[0].cells) each.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", order);
  const sign = order === "ascending" ? 1 : -1;
  const rows = Array.from(body.rows, (row) => [valueOf(row.cells[column]), row]);
  rows.sort(([one], [two]) => {
    if (one === two) return 0;
    if (one === null) return 1;
    if (two === null) return -1;
    return sign * (typeof one === "string" ? one.localeCompare(two) : one - two);
  });
  body.append(...rows.map(([, row]) => row));
}
for (const button of document.querySelectorAll("button.sort")) {
  button.addEventListener("click", () => sortTable(button));
}
const gallery = document.getElementById("gallery");
if (gallery) {
  const photos = Array.from(gallery.querySelectorAll(".photo"));
  const filter = document.getElementById("filter"), order = document.getElementById("order");
  const said = document.getElementById("count");
  const arrange = () => {
    const wanted = filter.value;
    let count = 0;
    for (const photo of photos) {
      const fits = !wanted || JSON.parse(photo.dataset.groups).includes(wanted);
      photo.hidden = !fits;
      count += fits;
    }
    const entry = order.value;
    const score = (photo) => {
      const value = JSON.parse(photo.dataset.scores)[entry];
      return value === undefined || value === null ? -1 : value;
    };
    const sorted = entry === "" ? photos : photos.slice().sort((a, b) => score(b) - score(a));
    gallery.append(...sorted);
    said.textContent = count + (count === 1 ? " photo" : " photos");
  };
  filter.addEventListener("change", arrange);
  order.addEventListener("change", arrange);
  document.getElementById("controls").hidden = false;
  arrange();
}
