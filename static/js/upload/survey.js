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

/** Images that a DICOMDIR names and the disc lacks. */
function countMissing({ directories, queue }) {
  const present = new Set(queue.map(({ path }) => path.toUpperCase()));
  let missing = 0;
  for (const { path, promised } of directories) {
    const folder = path.slice(0, path.lastIndexOf("/") + 1).toUpperCase();
    missing += promised.filter((name) => !present.has(folder + name) && !present.has(`${folder}${name}.DCM`)).length;
  }
  return missing;
}
