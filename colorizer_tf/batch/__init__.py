"""Files, folders, patterns and archives of photos in, a tree of colored photos out."""
