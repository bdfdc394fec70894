// The best pairs of every matcher, all that the page holds, some at a time.
page.matchers.forEach((matcher, m) => {
  const table = document.getElementById(`pairs-${m}`)?.querySelector("table");
  if (!table || matcher.pairs.score.length <= 50) return;
  const { score, fmr, train, person, synthetic, similarity, kind } = matcher.pairs;
  const perPage = 50;
  let fitting = score.map((_, i) => i);
  let first = 0;

  const search = make("input");
  Object.assign(search, { type: "search", autocomplete: "off", spellcheck: false });
  const previous = make("button", "", "Previous");
  const next = make("button", "", "Next");
  previous.type = next.type = "button";
  const status = make("span");
  status.setAttribute("role", "status");
  const tools = make("div", "tools", make("label", "", make("span", "", "Name or file"), search), make("span", "pages", previous, status, next));
  table.closest(".scroll").before(tools);
  if (score.length < matcher.pairs.listed) {
    table.caption.textContent = `The ${grouped.format(score.length)} best-scoring pairs of ${grouped.format(matcher.pairs.listed)} in pairs.csv`;
  } else {
    table.caption.textContent = "Best-scoring pairs";
  }

  const number = (text) => make("td", "number", text);
  const row = (i) => {
    const head = make("th", "number", grouped.format(i + 1));
    head.scope = "row";
    const rate = fmr[i] !== null ? rateText(fmr[i]) : matcher.fmrRests > 0 ? `< ${rateText(1 / matcher.fmrRests)}` : "–";
    const cells = [head, number(scoreText(score[i])), number(rate), make("td", "", idText(train[i])), make("td", "", idText(person[i])), make("td", "", idText(synthetic[i]))];
    if (kind) cells.push(number(scoreText(similarity[i])), make("td", "", kind[i]));
    return make("tr", "", ...cells);
  };
  const show = () => {
    table.tBodies[0].replaceChildren(...fitting.slice(first, first + perPage).map(row));
    const to = Math.min(first + perPage, fitting.length);
    status.textContent = fitting.length === 0 ? "none fits" : `${grouped.format(first + 1)} to ${grouped.format(to)} of ${grouped.format(fitting.length)}`;
    previous.disabled = first === 0;
    next.disabled = to >= fitting.length;
  };
  previous.addEventListener("click", () => { first -= perPage; show(); });
  next.addEventListener("click", () => { first += perPage; show(); });
  search.addEventListener("input", () => {
    const text = search.value.toLowerCase();
    const has = (name) => name.toLowerCase().includes(text);
    fitting = score.map((_, i) => i).filter((i) => has(train[i]) || has(person[i]) || has(synthetic[i]));
    first = 0;
    show();
  });
  show();
});
