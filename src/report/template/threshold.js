// The threshold slider of every matcher: how many pairs and people reach a score, beside what chance gives.
page.matchers.forEach((matcher, m) => {
  const place = document.getElementById(`threshold-${m}`);
  if (!place) return;
  const { low, step, pairs, chance, holdout, people, holdoutPeople } = matcher.over;
  const last = pairs.length - 1;
  const score = (k) => low + k * step;

  const slider = make("input");
  Object.assign(slider, { type: "range", min: 0, max: last, step: 1, id: `slider-${m}` });
  const label = make("label", "", "Threshold");
  label.htmlFor = slider.id;
  const number = make("output", "value");
  number.htmlFor = slider.id;
  const table = make("table", "outcome");
  const caption = make("caption", "", "At or over the threshold");
  const body = make("tbody");
  table.append(caption, body);
  const spoken = make("p", "spoken");
  spoken.setAttribute("aria-live", "polite");
  place.append(make("div", "slider", label, slider, number), table, spoken);

  const rows = (k) => {
    const of = (counts, share) => (counts ? expectedText(counts[k] * share) : null);
    const byChance = chance[k] > 0 ? expectedText(chance[k] / matcher.nonMated * matcher.scored)
      : `fewer than ${expectedText(3 / matcher.nonMated * matcher.scored)}`;
    const found = [
      ["pairs of a training and a synthetic image", grouped.format(pairs[k]), ""],
      ["… expected by chance, from the false match rate", matcher.nonMated > 0 ? byChance : null, "expected"],
      ["… expected by chance, from the hold-out", of(holdout, matcher.holdoutPairsScale), "expected"],
      [`${matcher.who} with such a pair`, people ? grouped.format(people[k]) : null, ""],
      ["… expected by chance, from the hold-out", of(holdoutPeople, matcher.holdoutPeopleScale), "expected"],
    ];
    return found.filter(([, value]) => value !== null);
  };

  let hush = 0;
  const show = (announce) => {
    const k = Number(slider.value);
    number.textContent = scoreText(score(k));
    slider.setAttribute("aria-valuetext", `score ${scoreText(score(k))}`);
    const found = rows(k);
    body.replaceChildren(...found.map(([name, value, look]) => {
      const head = make("th", look, name);
      head.scope = "row";
      return make("tr", "", head, make("td", "number", value));
    }));
    document.dispatchEvent(new CustomEvent("threshold", { detail: { matcher: m, score: score(k) } }));
    clearTimeout(hush);
    if (announce) hush = setTimeout(() => { spoken.textContent = found.map(([name, value]) => `${name}: ${value}`).join("; "); }, 600);
  };
  slider.addEventListener("input", () => show(true));
  // Begins at the strictest false match rate that the data resolve.
  slider.value = Math.min(last, Math.max(0, Math.round((matcher.start - low) / step)));
  show(false);
});
