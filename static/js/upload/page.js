// The upload page: choose, look, see what was found, send, done.
import { problemsOf } from "./advice.js";
import { fromDrop, fromInput } from "./collect.js";
import { element, showSection } from "./element.js";
import { FoundView } from "./found.js";
import { createTexts } from "./messages.js";
import { packAhead } from "./packing.js";
import { fingerprint, planBundles } from "./plan.js";
import { Pool } from "./pool.js";
import { Progress } from "./progress.js";
import { samplesOf } from "./samples.js";
import { LANES, Sending } from "./sending.js";
import { groupStudies } from "./studies.js";
import { survey } from "./survey.js";
import { Desk } from "./transport.js";

const SAY_EVERY_MS = 8000;
const PASSWORD_PROBLEMS = new Set(["zip-password", "zip-wrong-password"]);

const root = document.getElementById("upload");
const texts = createTexts(JSON.parse(document.getElementById("upload-texts").textContent), document.documentElement.lang);
const desk = new Desk(root.dataset.uploadsUrl);
const parts = Object.fromEntries(
  ["choose", "looking", "password", "found", "sending", "done"].map((name) => [name, document.getElementById(`upload-${name}`)]),
);
const problem = document.getElementById("upload-problem");
const twice = document.getElementById("upload-twice");
const status = document.getElementById("status");
let pool = null;
const draw = ({ source, report }) => pool.run({ job: "thumbnail", source, report });
const foundView = new FoundView(parts.found, texts, root.dataset.accountName, draw, prepare);
const reportPart = document.getElementById("upload-report");
let saidAt = -Infinity;

const show = (name) => showSection(Object.values(parts), parts[name]);

/** Tell a screen reader, but not more often than it can be listened to. */
function tell(text, { now = false } = {}) {
  if (!now && performance.now() - saidAt < SAY_EVERY_MS) return;
  saidAt = performance.now();
  status.textContent = text;
}

function clearProblem() {
  problem.hidden = true;
  showTwice(false);
}

/** While the patient decides about an examination that was sent before, that is the only way to send it. */
function showTwice(isShown) {
  twice.hidden = !isShown;
  parts.found.querySelector("[data-send]").hidden = isShown;
}

/** @param {Array<[string, object?]>} messages names of texts with their values */
function showProblem(messages) {
  const lines = messages.map(([name, values]) => element("p", { className: "err-ink" }, texts.say(name, values)));
  problem.querySelector("[data-list]").replaceChildren(...lines);
  problem.querySelector("[data-sign-in]").hidden = messages[0][0] !== "signed-out";
  problem.hidden = false;
  problem.focus();
}

/** Look, and begin again where that fails: a part of this page did not load. */
function look(collected, password) {
  lookAt(collected, password).catch(() => {
    show("choose");
    showProblem([["stopped"]]);
  });
}

/** @param {{sources: Array, unread: number}} collected @param {string} [password] of a ZIP file among them */
async function lookAt(collected, password) {
  const { sources, unread } = collected;
  clearProblem();
  reportPart.hidden = true;
  if (sources.length === 0 && unread === 0) return showProblem([["nothing-chosen"]]);
  show("looking");
  const started = performance.now();
  const finds = await survey(sources, pool, showLooking, password);
  finds.count.unreadable += unread;
  const groups = groupStudies(finds.images);
  // Without an answer everything is sent again; the portal keeps one of each.
  if (root.dataset.knownUrl) await compare(groups.studies).catch(() => {});
  root.dataset.lookedMs = String(Math.round(performance.now() - started));
  if (root.dataset.reportUrl && finds.reports.length > 0) offerReports(finds.reports);
  const problems = problemsOf(finds, groups.studies);
  if (problems.some((name) => PASSWORD_PROBLEMS.has(name))) {
    const { askPassword } = await import("./password.js");
    show("password");
    return askPassword(parts.password, texts, Boolean(password), (word) => look(collected, word));
  }
  if (problems.length > 0) {
    show("choose");
    return showProblem(problems.map((name) => [name]));
  }
  foundView.show(finds, groups);
  return show("found");
}

async function offerReports(sources) {
  const { ReportOffer } = await import("./report.js");
  const attach = (file) => desk.attachReport(root.dataset.reportUrl, file);
  const read = async (source) => (await pool.run({ job: "read", source })).data;
  new ReportOffer(reportPart, texts, attach, read).show(sources);
}

/** Find out which pictures the request holds already. */
async function compare(studies) {
  const [{ markKnown }, { files }] = await Promise.all([import("./known.js"), desk.known(root.dataset.knownUrl)]);
  await markKnown(studies, files, pool, (done, total) => showLooking(done, total, "comparing"));
}

/** The patient is still looking: what goes first can be packed meanwhile. */
function prepare(study) {
  showTwice(false); // it was said of another study
  samplesOf(study, pool); // before the packing: the plan waits for them
  for (const { images } of planBundles(study).slice(0, LANES)) packAhead(images, pool);
}

function showLooking(done, total, name = "looking") {
  const bar = parts.looking.querySelector("progress");
  bar.max = total;
  bar.value = done;
  const text = texts.say(name, { done, total });
  document.getElementById("upload-looking-text").textContent = text;
  tell(text);
}

/** @param {boolean} [again] the patient knows that another request has the same examination */
async function send(study, again = false, sending = sendingOf(study)) {
  clearProblem();
  try {
    await sending.open({
      again,
      samples: await samplesOf(study, pool),
      fingerprint: await fingerprint(sending.bundles),
      pictures: study.pictures,
      series: study.series.length + (study.prior?.series.length ?? 0),
      lower_back: study.isLowerBack,
      prior: Boolean(study.prior),
      bundles: sending.bundles.map(({ images, bytes }) => ({ instances: images.length, bytes })),
    });
  } catch (error) {
    if (error.code === "same-examination") return askAgain(error.details.request, () => send(study, true, sending));
    return showProblem([refusalMessage(error)]);
  }
  for (const note of root.querySelectorAll("[data-unfinished]")) note.hidden = true;
  show("sending");
  parts.sending.querySelector("[data-line]").textContent = foundView.summary();
  return deliver(sending, study);
}

function sendingOf(study) {
  const progress = new Progress(study.pictures, study.bytes);
  return new Sending({
    desk,
    pool,
    bundles: planBundles(study),
    onProgress: (pictures, bytes) => showSending(progress.update(pictures, bytes), study),
    onTrouble: (code) => showTrouble(code === "network" || code === "stalled" ? "trouble-network" : "trouble-server"),
  });
}

/** Another request of this patient has the examination: nothing is sent until the patient has decided. */
function askAgain(code, sendAgain) {
  const link = twice.querySelector("a");
  link.href = link.dataset.address.replace("CODE", code);
  twice.querySelector("[data-text]").textContent = texts.say("same-examination", { code });
  twice.querySelector("button").onclick = sendAgain;
  showTwice(true);
  twice.focus();
}

/** Run until done; a stop leaves the page with a way to go on. */
async function deliver(sending, study, leaveOut = false) {
  const pause = parts.sending.querySelector("[data-pause]");
  const without = parts.sending.querySelector("[data-without]");
  pause.textContent = texts.say("pause");
  pause.onclick = () => togglePause(sending, pause);
  without.hidden = true;
  const release = holdPage();
  try {
    await sending.run(leaveOut);
  } catch (error) {
    release();
    if (pause.dataset.paused) togglePause(sending, pause);
    const again = (withoutThem) => {
      clearProblem();
      deliver(sending, study, withoutThem);
    };
    pause.textContent = texts.say("resume");
    pause.onclick = () => again(false);
    without.hidden = error.code !== "unread" || sending.landed.size === 0;
    without.onclick = () => again(true);
    return showProblem([refusalMessage(error)]);
  }
  release();
  return showDone(study, [...sending.leftOut]);
}

function showDone(study, leftOut) {
  const pictures = study.pictures - leftOut.reduce((sum, { report }) => sum + report.frames, 0);
  parts.done.querySelector("[data-line]").textContent = foundView.summary();
  parts.done.querySelector("[data-text]").textContent = texts.count("arrived", pictures);
  const left = parts.done.querySelector("[data-left]");
  left.textContent = texts.count("left-out", leftOut.length);
  left.hidden = leftOut.length === 0;
  tell(texts.say("all-arrived"), { now: true });
  return show("done");
}

function togglePause(sending, button) {
  const isPaused = button.dataset.paused === "1";
  if (isPaused) sending.resume();
  else sending.pause();
  button.dataset.paused = isPaused ? "" : "1";
  button.textContent = texts.say(isPaused ? "pause" : "resume");
  if (isPaused) hideTrouble();
  else showTrouble("paused");
}

/** Ask before the page is closed, and keep the screen on, while bytes are missing. */
function holdPage() {
  const warn = (event) => event.preventDefault();
  addEventListener("beforeunload", warn);
  const lock = navigator.wakeLock?.request("screen");
  lock?.catch(() => {});
  return () => {
    removeEventListener("beforeunload", warn);
    lock?.then((held) => held.release()).catch(() => {});
  };
}

function showSending({ pictures, share, secondsLeft }, study) {
  parts.sending.querySelector("progress").value = Math.round(share * 1000);
  const sent = texts.say("sent-share", { done: pictures, total: study.pictures });
  const text = secondsLeft === null || share === 1 ? sent : `${sent}, ${timeLeft(secondsLeft)}`;
  document.getElementById("upload-sending-text").textContent = text;
  tell(text);
  if (share > 0 && secondsLeft !== null && parts.sending.dataset.trouble === "trouble-network") hideTrouble();
}

function timeLeft(seconds) {
  const minutes = Math.round(seconds / 60);
  return minutes < 1 ? texts.say("time-soon") : texts.say("time-left", { time: texts.count("minutes", minutes) });
}

function showTrouble(name, values) {
  const line = parts.sending.querySelector("[data-trouble]");
  line.textContent = texts.say(name, values);
  line.hidden = false;
  parts.sending.dataset.trouble = name;
  tell(line.textContent, { now: true });
}

function hideTrouble() {
  parts.sending.querySelector("[data-trouble]").hidden = true;
  parts.sending.dataset.trouble = "";
}

/** @returns {[string, object]} the message for an error that stopped the upload */
function refusalMessage(error) {
  const { limit } = error.details ?? {};
  const shown = ["too-big", "quota"].includes(error.code) ? texts.size(limit) : limit;
  if (["network", "stalled"].includes(error.code)) return ["no-connection", {}];
  if (error.code === "unread") return ["unread", { n: error.images.length }];
  return texts.knows(error.code) ? [error.code, { limit: shown }] : ["stopped", {}];
}

function wire() {
  for (const [name, input] of [
    ["folder", document.getElementById("upload-folder")],
    ["file", document.getElementById("upload-file")],
  ]) {
    root.querySelector(`[data-pick=${name}]`).addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      const collected = fromInput(input.files);
      input.value = ""; // so that the same folder can be chosen again
      look(collected);
    });
  }
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", async (event) => {
    event.preventDefault();
    if (parts.choose.hidden) return;
    const collecting = fromDrop(event.dataTransfer.items);
    look(await collecting);
  });
  for (const button of root.querySelectorAll("[data-again]")) {
    button.addEventListener("click", () => {
      show("choose");
      root.querySelector("[data-pick]").focus();
    });
  }
  parts.found.querySelector("[data-send]").addEventListener("click", () => {
    const study = foundView.confirmed();
    if (study) send(study);
  });
  document.getElementById("upload-plain").hidden = true;
  parts.choose.hidden = false;
  root.dataset.ready = "1";
}

/** Whether the browser has all that this page and its workers use; in an older one the plain form stays. */
async function isAble() {
  try {
    new CompressionStream("deflate-raw");
    pool = new Pool(root.dataset.workerUrl);
    await pool.ready();
    return Boolean(AbortSignal.timeout && crypto.subtle);
  } catch {
    return false;
  }
}

if (await isAble()) wire();
