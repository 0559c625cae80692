// From what the patient picked or dropped to one flat list of sources.

/** @param {FileList} list of a file or folder input */
export function fromInput(list) {
  return { sources: Array.from(list, (file) => ({ path: file.webkitRelativePath || file.name, blob: file })), unread: 0 };
}

/** Must be called inside the drop handler: the browser forgets the items after it. */
export function fromDrop(items) {
  const entries = Array.from(items)
    .filter((item) => item.kind === "file")
    .map((item) => item.webkitGetAsEntry())
    .filter(Boolean);
  return walkAll(entries);
}

async function walkAll(entries) {
  const found = { sources: [], unread: 0 };
  for (const entry of entries) await walk(entry, "", found);
  return found;
}

async function walk(entry, base, found) {
  const path = base + entry.name;
  try {
    if (entry.isFile) {
      const blob = await new Promise((resolve, reject) => entry.file(resolve, reject));
      found.sources.push({ path, blob });
      return;
    }
    for (const child of await childrenOf(entry)) await walk(child, `${path}/`, found);
  } catch {
    found.unread += 1;
  }
}

/** `readEntries` gives a hundred at a time, then none. */
async function childrenOf(folder) {
  const reader = folder.createReader();
  const children = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return children;
    children.push(...some);
  }
}
