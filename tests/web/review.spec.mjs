// The reviewers' page in Chromium: judging by keys and buttons, progress that stays, export and load, no request.
// node review.spec.mjs PACK, where PACK is a folder that `semblance review` wrote, of 12 pairs or more. CHROMIUM names
// the browser (/usr/bin/chromium).
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const pack = path.resolve(process.argv[2]);
const key = JSON.parse(fs.readFileSync(path.join(pack, "key.json"), "utf8"));
const total = key.pairs.length;
const page_url = pathToFileURL(path.join(pack, "review.html")).href;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "review-"));
const browser = await chromium.launchPersistentContext(path.join(folder, "profile"), {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
  acceptDownloads: true,
  viewport: { width: 1280, height: 860 },
});

const troubles = [];
async function open() {
  const page = await browser.newPage();
  page.on("console", (message) => { if (message.type() === "error") troubles.push(message.text()); });
  page.on("pageerror", (error) => troubles.push(String(error)));
  page.on("request", (request) => {
    if (request.url() !== page_url && !/^(data|blob):/.test(request.url())) troubles.push(`asks for ${request.url()}`);
  });
  page.on("dialog", (dialog) => dialog.accept());
  await page.goto(page_url);
  return page;
}

const where = (page) => page.locator("#where").textContent();
const judged = (page) => page.locator("#count").textContent();
const pressed = (page) => page.locator('[aria-pressed="true"]').evaluateAll((all) => all.map((x) => x.dataset.answer));

async function exported(page) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Export answers" }).click()]);
  const file = path.join(folder, download.suggestedFilename());
  await download.saveAs(file);
  return { name: download.suggestedFilename(), file, content: JSON.parse(fs.readFileSync(file, "utf8")) };
}

try {
  let page = await open();
  assert.equal(await where(page), `Pair 1 of ${total}`);
  assert.equal(await judged(page), `0 of ${total} judged`);
  for (const side of ["#left", "#right"]) {
    await page.waitForFunction((id) => document.querySelector(id).naturalWidth > 0, side);
    assert.match(await page.locator(side).getAttribute("alt"), /^Pair 1: (left|right) picture/);
  }

  // Every key, then back, forward and undo.
  for (const letter of ["1", "2", "3", "s", "d", "c"]) await page.keyboard.press(letter);
  assert.equal(await where(page), `Pair 7 of ${total}`);
  await page.keyboard.press("ArrowLeft");
  assert.deepEqual(await pressed(page), ["cant-tell"]);
  await page.keyboard.press("ArrowLeft");
  assert.deepEqual(await pressed(page), ["different"]);
  await page.keyboard.press("1"); // an answer changed, and taken back
  await page.keyboard.press("u");
  assert.equal(await where(page), `Pair 5 of ${total}`);
  assert.deepEqual(await pressed(page), ["different"]);
  await page.keyboard.press("n");
  assert.equal(await where(page), `Pair 7 of ${total}`);
  await page.keyboard.press("2");
  await page.keyboard.press("u");
  assert.deepEqual(await pressed(page), []);
  assert.equal(await judged(page), `6 of ${total} judged`);
  assert.equal(await page.locator("#progress").evaluate((bar) => bar.value), 6);

  // Buttons; Enter on one judges once.
  await page.getByRole("button", { name: /^Can.t tell/ }).click();
  await page.getByRole("button", { name: /^Different/ }).focus();
  await page.keyboard.press("Enter");
  assert.equal(await judged(page), `8 of ${total} judged`);
  await page.getByRole("button", { name: "Back" }).click();
  assert.deepEqual(await pressed(page), ["different"]);

  // No export without a name; letters typed into the name are no answers.
  await page.getByRole("button", { name: "Export answers" }).click();
  assert.match(await page.locator("#notice").textContent(), /Enter your name/);
  await page.keyboard.type("s. <d> 1");
  assert.equal(await judged(page), `8 of ${total} judged`);
  const first = await exported(page);
  assert.equal(first.name, "answers-s-d-1.json");
  assert.equal(first.content.schema, "semblance-answers/1");
  assert.equal(first.content.reviewer, "s. <d> 1");
  assert.deepEqual(first.content.answers, ["same", "different", "cant-tell", "same", "different", "cant-tell", "cant-tell",
    "different"].map((answer, i) => ({ pair: i + 1, answer })));

  // Progress outlives the page.
  await page.close();
  page = await open();
  assert.equal(await judged(page), `8 of ${total} judged`);
  assert.equal(await page.locator("#reviewer").inputValue(), "s. <d> 1");
  assert.equal(await where(page), `Pair 8 of ${total}`);

  // Start over, then go on from the file; files that don't belong here change nothing.
  await page.getByRole("button", { name: /^Start over/ }).click();
  assert.equal(await judged(page), `0 of ${total} judged`);
  await page.locator("#file").setInputFiles(first.file);
  await page.waitForFunction(() => document.getElementById("count").textContent.startsWith("8 of"));
  assert.equal(await where(page), `Pair 9 of ${total}`);
  const twice = { ...first.content, answers: [...first.content.answers, first.content.answers[0]] };
  for (const [content, words] of [["{\"schema\":", "breaks off"], ["{}", "no answers"],
    [JSON.stringify({ ...first.content, pack: "0".repeat(64) }), "another pack"], [JSON.stringify(twice), "can’t be"]]) {
    await page.locator("#file").setInputFiles({ name: "bad.json", mimeType: "application/json", buffer: Buffer.from(content) });
    await page.waitForFunction((text) => document.getElementById("notice").textContent.includes(text), words);
    assert.equal(await judged(page), `8 of ${total} judged`);
  }

  // To the end.
  for (let pair = 9; pair <= total; ++pair) await page.keyboard.press("2");
  assert.equal(await judged(page), `${total} of ${total} judged`);
  assert.match(await page.locator("#state").textContent(), /All pairs are judged/);
  const all = await exported(page);
  assert.equal(all.content.answers.length, total);

  const axe = createRequire(import.meta.url).resolve("axe-core");
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    const found = await page.evaluate(`${fs.readFileSync(axe, "utf8")};axe.run().then((r) => r.violations.map((v) => v.id + ": " + v.nodes[0].html))`);
    assert.deepEqual(found, []);
  }
  assert.deepEqual(troubles, []);
  console.log(`review.html: ${total} pairs judged, answers in ${all.name}`);
  if (process.argv[3]) fs.copyFileSync(all.file, process.argv[3]);
} finally {
  await browser.close();
  fs.rmSync(folder, { recursive: true, force: true });
}
