// Look into every file that was picked and sort the finds.

const JUNK = /(^|\/)(\.DS_Store|Thumbs\.db|desktop\.ini|__MACOSX\/.*|\._[^/]*)$|\.(exe|dll|inf|ico|chm|msi|jar|class|so|dylib|css|js|html?|bat|com)$/i;
/** How people and clinics name a report that was scanned or photographed. */
const REPORT_PICTURE = /(befund|report|bericht|arztbrief|letter|rapport|informe|referto)[^/]*\.(jpe?g|png)$/i;
/** What is called so is no picture, however damaged it is. */
const DIRECTORY = /(^|\/)DICOMDIR$/i;
const ARCHIVES = { zip: "listZip", iso: "listIso" };
const TICK_MS = 200;

/** @param {string} [password] of the ZIP files among the sources */
export async function survey(sources, pool, onProgress, password) {
  const finds = {
    images: [],
    count: { other: 0, document: 0, photo: 0, empty: 0, "cut-off": 0, damaged: 0, unreadable: 0, junk: 0 },
    reports: [],
    problems: new Set(),
    missing: 0,
  };
  const work = { queue: [...sources], next: 0, done: 0, directories: [], finds, pool, password };
  let lastTick = 0;
  const lane = async () => {
    while (work.next < work.queue.length) {
      await lookInto(work.queue[work.next++], work);
      work.done += 1;
      if (performance.now() - lastTick > TICK_MS || work.done === work.queue.length) {
        lastTick = performance.now();
        onProgress(work.done, work.queue.length);
      }
    }
  };
  await Promise.all(Array.from({ length: 2 * pool.size }, lane));
  finds.missing = countMissing(work);
  finds.images.sort((a, b) => (a.source.path < b.source.path ? -1 : 1));
  return finds;
}

async function lookInto(source, work) {
  const { finds, pool } = work;
  if (JUNK.test(source.path)) {
    finds.count.junk += 1;
    return;
  }
  try {
    const report = await pool.run({ job: "examine", source });
    await sortIn(source, report, work);
  } catch (error) {
    if (/^(zip|iso)-/.test(error.code)) finds.problems.add(error.code);
    else finds.count.unreadable += 1;
  }
}

async function sortIn(source, report, work) {
  const { finds } = work;
  const { kind } = report;
  if (kind === "image") finds.images.push({ source, report });
  else if (kind === "dicomdir") work.directories.push({ path: source.path, promised: report.promised });
  else if (kind === "pdf" || (kind === "photo" && REPORT_PICTURE.test(source.path))) finds.reports.push(source);
  else if (kind in ARCHIVES) await open(source, kind, work);
  else if (kind === "7z" || kind === "rar") finds.problems.add("archive-kind");
  else finds.count[DIRECTORY.test(source.path) ? "other" : kind] += 1;
}

/** An archive becomes a folder, one level deep. */
async function open(source, kind, work) {
  if (source.member || source.inArchive) {
    work.finds.problems.add("archive-in-archive");
    return;
  }
  const members = await work.pool.run({ job: ARCHIVES[kind], source, password: work.password });
  for (const member of members) {
    work.queue.push({ ...member, path: `${source.path}/${member.path}`, inArchive: true });
  }
}

/** Images that a DICOMDIR names and the disc lacks. A browser that picks no folders leaves only the files' names. */
function countMissing({ directories, queue }) {
  const hasFolders = queue.some(({ path }) => path.includes("/"));
  const shown = (path) => path.toUpperCase().replace(/\.DCM$/, "").slice(hasFolders ? 0 : path.lastIndexOf("/") + 1);
  const present = new Map();
  for (const { path } of queue) present.set(shown(path), (present.get(shown(path)) ?? 0) + 1);
  let missing = 0;
  for (const { path, promised } of directories) {
    for (const name of promised.map((each) => shown(path.slice(0, path.lastIndexOf("/") + 1) + each))) {
      const left = present.get(name) ?? 0;
      if (left === 0) missing += 1;
      else if (!hasFolders) present.set(name, left - 1); // of each set one may be called so
    }
  }
  return missing;
}
