"use strict";
// Shows one pair at a time and keeps what is answered: in memory, in the browser's store, and in the exported file.
(() => {
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("page-data").textContent);
  const total = data.pairs.length;
  const words = { "same": "same person", "different": "different people", "cant-tell": "can’t tell" };
  const keys = { "1": "same", "s": "same", "2": "different", "d": "different", "3": "cant-tell", "c": "cant-tell" };
  const schema = "semblance-answers/1";
  const shelf = "semblance-review-" + data.pack;

  let answers = new Map(); // pair, from 1 -> answer
  let past = []; // [pair, what it was answered before]
  let at = 1;
  let exported = true;
  let kept = true; // by the browser

  const notice = (text) => { byId("notice").textContent = text; };

  // Where the browser keeps nothing (private windows), exporting is all there is; the reviewer is told once.
  function keep() {
    try {
      localStorage.setItem(shelf, JSON.stringify({ reviewer: byId("reviewer").value, at, answers: [...answers] }));
    } catch {
      kept = false;
      notice("This browser keeps nothing: export your answers before you close the page.");
    }
  }

  function recall() {
    try {
      const kept = JSON.parse(localStorage.getItem(shelf));
      if (!kept) return;
      byId("reviewer").value = String(kept.reviewer ?? "");
      for (const [pair, answer] of kept.answers) {
        if (Number.isInteger(pair) && pair >= 1 && pair <= total && Object.hasOwn(words, answer)) answers.set(pair, answer);
      }
      if (Number.isInteger(kept.at) && kept.at >= 1 && kept.at <= total) at = kept.at;
    } catch {
      answers = new Map();
    }
  }

  function show() {
    const [left, right] = data.pairs[at - 1];
    const answer = answers.get(at);
    byId("left").src = "data:image/jpeg;base64," + left;
    byId("right").src = "data:image/jpeg;base64," + right;
    byId("left").alt = `Pair ${at}: left picture of a face`;
    byId("right").alt = `Pair ${at}: right picture of a face`;
    byId("where").textContent = `Pair ${at} of ${total}`;
    const all = answers.size === total;
    byId("state").textContent = (answer ? `Pair ${at}: ${words[answer]}.` : `Pair ${at}: not judged yet.`) +
      (all ? " All pairs are judged: export your answers." : "");
    for (const button of document.querySelectorAll("[data-answer]")) {
      button.setAttribute("aria-pressed", String(button.dataset.answer === answer));
    }
    byId("progress").max = total;
    byId("progress").value = answers.size;
    byId("count").textContent = `${answers.size} of ${total} judged`;
    byId("back").disabled = at === 1;
    byId("forward").disabled = at === total;
    byId("undo").disabled = past.length === 0;
    byId("open").disabled = all;
  }

  function go(pair) {
    at = Math.min(Math.max(pair, 1), total);
    keep();
    show();
  }

  // The next pair without an answer after this one, around the end; this one where there is none.
  function nextOpen() {
    for (let step = 1; step <= total; ++step) {
      const pair = (at - 1 + step) % total + 1;
      if (!answers.has(pair)) return pair;
    }
    return at;
  }

  function answer(given) {
    notice("");
    past.push([at, answers.get(at)]);
    answers.set(at, given);
    exported = false;
    go(nextOpen());
  }

  function undo() {
    const last = past.pop();
    if (!last) return;
    const [pair, before] = last;
    if (before) answers.set(pair, before);
    else answers.delete(pair);
    exported = false;
    go(pair);
  }

  function exportAnswers() {
    const reviewer = byId("reviewer").value.trim();
    if (!reviewer) {
      notice("Enter your name first: answers are kept apart by it.");
      byId("reviewer").focus();
      return;
    }
    const list = [...answers].sort((x, y) => x[0] - y[0]).map(([pair, given]) => ({ pair, answer: given }));
    const text = JSON.stringify({ schema, pack: data.pack, reviewer, pairs: total, answers: list }, null, 1) + "\n";
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    link.download = `answers-${reviewer.replace(/[^\p{L}\p{N}_-]+/gu, "-")}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    exported = true;
    notice("");
    byId("state").textContent = `Exported ${list.length} of ${total} answers as ${link.download}.`;
  }

  function take(text) {
    let file;
    try {
      file = JSON.parse(text);
    } catch {
      throw new Error("it is no JSON or breaks off");
    }
    if (file === null || typeof file !== "object" || file.schema !== schema || !Array.isArray(file.answers)) {
      throw new Error("it holds no answers of this page");
    }
    if (file.pack !== data.pack) throw new Error("it answers another pack");
    const read = new Map();
    for (const { pair, answer: given } of file.answers) {
      if (!Number.isInteger(pair) || pair < 1 || pair > total || !Object.hasOwn(words, given) || read.has(pair)) {
        throw new Error("it holds an answer that can’t be");
      }
      read.set(pair, given);
    }
    answers = read;
    past = [];
    exported = true;
    byId("reviewer").value = String(file.reviewer ?? "");
    go(nextOpen());
    notice("");
  }

  async function load() {
    const [file] = byId("file").files;
    byId("file").value = "";
    if (!file) return;
    if (!exported && !window.confirm("Replace the answers given so far by those of the file?")) return;
    try {
      take(await file.text());
    } catch (error) {
      notice(`The file wasn’t loaded: ${error.message}.`);
    }
  }

  function reset() {
    if (answers.size > 0 && !window.confirm("Forget all answers on this page, for another reviewer?")) return;
    answers = new Map();
    past = [];
    exported = true;
    byId("reviewer").value = "";
    notice("");
    go(1);
  }

  for (const button of document.querySelectorAll("[data-answer]")) {
    button.addEventListener("click", () => answer(button.dataset.answer));
  }
  byId("back").addEventListener("click", () => go(at - 1));
  byId("forward").addEventListener("click", () => go(at + 1));
  byId("open").addEventListener("click", () => go(nextOpen()));
  byId("undo").addEventListener("click", undo);
  byId("export").addEventListener("click", exportAnswers);
  byId("load").addEventListener("click", () => byId("file").click());
  byId("file").addEventListener("change", load);
  byId("reset").addEventListener("click", reset);
  byId("reviewer").addEventListener("input", keep);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.target.closest("input")) return;
    const key = event.key.toLowerCase();
    if (Object.hasOwn(keys, key)) answer(keys[key]);
    else if (key === "arrowleft") go(at - 1);
    else if (key === "arrowright") go(at + 1);
    else if (key === "n") go(nextOpen());
    else if (key === "u") undo();
    else return;
    event.preventDefault();
  });
  window.addEventListener("beforeunload", (event) => {
    if (!exported && !kept) event.preventDefault();
  });

  recall();
  byId("how").open = answers.size === 0;
  show();
})();
