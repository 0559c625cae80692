// From images to examinations: who, when, which part of the body, how many sets and pictures.
import { comparableName } from "./charsets.js";
import { sizeOf } from "./source.js";

const LOWER_BACK = /L[-_ ]?SPINE|LUMB|LWS|LENDEN|LOMBA|LOMBO|RACHIS|L[-_ ]?S[-_ ]?SPINE|KR[EĘ]G|BEDER|ПОЯСН|腰/i;

/** Group images by study and person. Whatever the files' order, the result is the same. */
export function groupStudies(images) {
  const studies = new Map();
  const seen = new Set();
  let duplicates = 0;
  for (const image of images) {
    const identity = `${image.report.sopUid} ${sizeOf(image.source)}`;
    if (seen.has(identity)) {
      duplicates += 1;
      continue;
    }
    seen.add(identity);
    addTo(studies, image);
  }
  const found = [...studies.values()].map(finish).sort(bestFirst);
  return { studies: found, people: new Set(found.map((study) => study.person)).size, duplicates };
}

function addTo(studies, image) {
  const { report } = image;
  const person = `${comparableName(report.patientName)}|${report.birthDate}`;
  const key = `${report.studyUid}|${person}`;
  let study = studies.get(key);
  if (!study) {
    const { patientName, birthDate, studyDate, studyText } = report;
    study = { person, patientName, birthDate, studyDate, studyText, series: new Map(), modalities: new Set() };
    studies.set(key, study);
  }
  study.modalities.add(report.modality);
  let series = study.series.get(report.seriesUid);
  if (!series) {
    series = { uid: report.seriesUid, text: report.seriesText || report.protocol, number: report.seriesNumber, images: [] };
    study.series.set(report.seriesUid, series);
  }
  series.images.push(image);
}

function finish(study) {
  const series = [...study.series.values()].sort((a, b) => a.number - b.number);
  const images = series.flatMap((each) => each.images);
  const isMr = study.modalities.has("MR");
  return counted({ ...study, isMr, isLowerBack: isMr && showsLowerBack(study, images) }, series);
}

function counted(study, series) {
  const images = series.flatMap((each) => each.images);
  return {
    ...study,
    series,
    instances: images.length,
    pictures: images.reduce((sum, { report }) => sum + report.frames, 0),
    bytes: images.reduce((sum, { source }) => sum + sizeOf(source), 0),
  };
}

/** The part of a study that the request does not hold yet (known.js); the study itself when that is all of it. */
export function newPart(study) {
  const series = study.series
    .map((each) => ({ ...each, images: each.images.filter(({ isKnown }) => !isKnown) }))
    .filter(({ images }) => images.length > 0);
  return counted(study, series);
}

/** A guess, only to help the patient choose; the server proves it. */
function showsLowerBack({ studyText, series }, images) {
  const words = [studyText, ...[...series.values()].map((each) => each.text), images[0].report.bodyPart];
  return words.some((word) => LOWER_BACK.test(word));
}

const bestFirst = (a, b) =>
  b.isLowerBack - a.isLowerBack || b.isMr - a.isMr || b.studyDate.localeCompare(a.studyDate);

/** The older examinations of the lower back that can be sent with a study, newest first. */
export function olderOf(study, studies) {
  if (!study?.studyDate) return [];
  return studies.filter(
    (other) =>
      other.isLowerBack && other.person === study.person && other.studyDate && other.studyDate < study.studyDate,
  );
}

/** What is sent when an older examination goes along: the study, counting the pictures of both. */
export function together(study, prior) {
  if (!prior) return study;
  return { ...study, prior, pictures: study.pictures + prior.pictures, bytes: study.bytes + prior.bytes };
}
