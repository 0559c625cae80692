// What the patient is told about a disc: what stops them, and what they should know before they go on.
import { comparableName } from "./charsets.js";
import { newPart } from "./studies.js";

/** Whether the request holds every picture of the study already. */
export const isKnown = ({ series }) => series.every(({ images }) => images.every((image) => image.isKnown));

/** @returns {string[]} names of messages when there is nothing that could be sent; else none */
export function problemsOf(finds, studies) {
  const { count, images, problems, reports } = finds;
  const useful = studies.filter((study) => study.isMr);
  if (useful.length > 0) return useful.every(isKnown) ? ["same-pictures"] : [];
  if (images.length > 0) return [...problems, "no-mri"];
  if (problems.size > 0) return [...problems];
  if (count["cut-off"] + count.damaged > 0) return ["only-cut-off"];
  if (count.empty > 0) return ["only-empty"];
  if (reports.length > 0) return ["only-report"];
  if (count.photo > 0) return ["only-photos"];
  return ["no-pictures"];
}

/** @returns {Array<[string, object?]>} names of messages with their values, most important first */
export function notesOn(finds, { studies, people, duplicates }) {
  const { count, missing, reports } = finds;
  const counted = [
    ["note-people", people > 1 ? people : 0],
    ["note-missing", missing],
    ["note-cut-off", count["cut-off"]],
    ["note-damaged", count.damaged + count.empty],
    ["note-unreadable", count.unreadable],
    ["note-duplicates", duplicates],
    ["note-other-studies", studies.filter((study) => !study.isMr).length],
    ["note-left-out", count.junk + count.other + count.photo + count.document],
  ];
  const notes = counted.filter(([, n]) => n > 0).map(([name, n]) => [name, { n }]);
  const archives = [...finds.problems].map((name) => [name]);
  return [...archives, ...notes, ...(reports.length > 0 ? [["note-report"]] : [])];
}

/** What to say about the one study that was chosen. */
export function notesOnStudy(study, accountName) {
  const notes = [];
  const fresh = newPart(study).pictures;
  if (fresh === 0) notes.push(["same-pictures"]);
  else if (fresh < study.pictures) notes.push(["note-known", { n: fresh, known: study.pictures - fresh }]);
  if (!maybeSamePerson(study.patientName, accountName)) notes.push(["note-other-name"]);
  if (!study.isLowerBack) notes.push(["note-not-lower-back"]);
  return notes;
}

/** Middle names, titles and order differ between a scanner and a sign-up form; unknown names raise no doubt. */
function maybeSamePerson(discName, accountName) {
  const [disc, account] = [discName, accountName].map((name) => comparableName(name).split(" ").filter(Boolean));
  const [fewer, more] = disc.length < account.length ? [disc, account] : [account, disc];
  return fewer.every((word) => more.includes(word));
}
