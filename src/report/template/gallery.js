// The gallery: people and their pairs, a few at a time, with filters. Pictures are decoded as they come into view.
{
  const place = document.getElementById("gallery-people");
  if (place) {
    const pictures = JSON.parse(document.getElementById("page-pictures").textContent);
    const { people, redaction, listed } = page.gallery;
    const matchers = page.matchers;
    const kinds = { "near-copy": "near-copy", "other-image": "another picture", unknown: "not compared" };
    const perPage = 12;
    const perPrint = 24;
    const thresholds = matchers.map(() => -Infinity);
    const state = { text: "", kind: "", matcher: 0, level: Infinity, over: false, first: 0 };

    const control = (name, element) => {
      const label = make("label", "", make("span", "", name), element);
      return label;
    };
    const select = (options) => {
      const element = make("select");
      options.forEach(([value, name]) => {
        const option = make("option", "", name);
        option.value = value;
        element.append(option);
      });
      return element;
    };
    const search = make("input");
    Object.assign(search, { type: "search", autocomplete: "off", spellcheck: false });
    const kind = select([["", "any"], ...Object.entries(kinds).filter(([key]) => people.some((person) => person.looks.some((look) => look.kind === key)))]);
    const matcher = select(matchers.map((one, m) => [m, visible(one.name).slice(0, 60)]));
    const level = select([["Infinity", "all shown here"], ...page.levels.map((q) => [q, `listed at FDR ${Number((100 * q).toPrecision(3))}%`])]);
    const over = make("input");
    over.type = "checkbox";
    const controls = document.getElementById("gallery-controls");
    controls.append(control("Name or file", search));
    if (kind.options.length > 1) controls.append(control("Kind", kind));
    if (listed) controls.append(control("People", level));
    if (matchers.length > 1) controls.append(control("Order, list and threshold of", matcher));
    if (matchers.some((one) => one.over)) {
      controls.append(make("label", "check", over, make("span", "", "only pairs from the threshold up")));
    }

    const status = document.getElementById("gallery-status");
    const pager = document.getElementById("gallery-pages");
    const previous = make("button", "", "Previous");
    const next = make("button", "", "Next");
    const where = make("span");
    previous.type = next.type = "button";
    pager.append(previous, where, next);

    const picture = (index, name, hidden) => {
      if (index === null) return make("span", "picture none", hidden);
      const image = make("img", "picture");
      image.loading = "lazy";
      image.decoding = "async";
      image.width = image.height = 128;
      image.alt = name;
      image.src = `data:image/jpeg;base64,${pictures[index]}`;
      return image;
    };
    const noReal = redaction === "omit" ? "left out" : "no picture";

    const lookCard = (look) => {
      const side = (head, index, id, alt, hidden) => make("div", "side", make("span", "role", head),
        ...(redaction === "" ? [] : [picture(index, alt, hidden)]), idText(id));
      const sides = make("div", "sides",
        side("training", look.train_picture, look.train, `Training image${redaction === "blur" ? ", blurred" : ""}`, noReal),
        side("synthetic", look.synthetic_picture, look.synthetic, "Synthetic image", "no picture"));
      const table = make("table");
      const heads = make("tr", "");
      [["matcher", ""], ["score", "number"], ["FMR", "number"]].forEach(([text, look_]) => {
        const th = make("th", look_, text);
        th.scope = "col";
        heads.append(th);
      });
      const body = make("tbody");
      look.sights.forEach(([score, fmr], m) => {
        const head = make("th", "", idText(matchers[m].name));
        head.scope = "row";
        const rate = score === null ? "–" : fmr !== null ? rateText(fmr) : matchers[m].fmrRests > 0 ? `< ${rateText(1 / matchers[m].fmrRests)}` : "–";
        body.append(make("tr", "", head, make("td", "number", scoreText(score)), make("td", "number", rate)));
      });
      table.append(make("thead", "", heads), body);
      const card = make("li", "look", sides, table);
      if (look.kind) {
        const likeness = look.similarity === null ? "" : ` (likeness ${look.similarity.toFixed(2).replace("-", "−")})`;
        card.append(make("p", look.kind in kinds ? `kind ${look.kind}` : "kind", visible(kinds[look.kind] || look.kind) + likeness));
      }
      return card;
    };

    const evidence = (person) => person.standings.map(([p, q], m) => (p === null ? null
      : `${matchers.length > 1 ? `${visible(matchers[m].name).slice(0, 40)}: ` : ""}p ${rateText(p)}${q === null ? "" : `, q ${rateText(q)}`}`))
      .filter((text) => text !== null).join("; ");

    const personCard = ({ person, looks }, number) => {
      const head = make("h3", "", idText(person.id));
      head.id = `person-${number}`;
      const words = [`${grouped.format(person.images)} training image${person.images === 1 ? "" : "s"}`];
      const standing = evidence(person);
      if (standing) words.push(standing);
      const card = make("li", `person span-${Math.min(3, looks.length)}`, head, make("p", "note", words.join(" · ")), make("ul", "looks", ...looks.map(lookCard)));
      card.setAttribute("aria-labelledby", head.id);
      return card;
    };

    // A person's standing under the matcher chosen; people without one go last.
    const rank = (person) => {
      const [p, q] = person.standings[state.matcher];
      return [q ?? 2, p ?? 2, -(person.looks[0]?.sights[state.matcher]?.[0] ?? -Infinity)];
    };
    const compare = (x, y) => {
      for (let i = 0; i < 3; ++i) if (x.rank[i] !== y.rank[i]) return x.rank[i] - y.rank[i];
      return x.at - y.at;
    };
    const chosen = () => {
      const text = state.text.toLowerCase();
      const found = [];
      people.forEach((person, at) => {
        if (Number.isFinite(state.level) && !((person.standings[state.matcher][1] ?? Infinity) <= state.level)) return;
        const named = person.id.toLowerCase().includes(text);
        const looks = person.looks.filter((look) =>
          (!state.kind || look.kind === state.kind)
          && (named || look.train.toLowerCase().includes(text) || look.synthetic.toLowerCase().includes(text))
          && (!state.over || (look.sights[state.matcher][0] ?? -Infinity) >= thresholds[state.matcher]));
        if (looks.length > 0) found.push({ person, looks, at, rank: rank(person) });
      });
      // The file's own order weighs all matchers; another is asked for by choosing one.
      return state.matcher === 0 && matchers.length > 1 && !matcher.dataset.touched ? found : found.sort(compare);
    };

    const show = (count = perPage) => {
      const found = chosen();
      state.first = Math.max(0, Math.min(state.first, perPage * Math.floor((found.length - 1) / perPage)));
      const shown = found.slice(state.first, state.first + count);
      place.replaceChildren(...shown.map((entry) => personCard(entry, entry.at)));
      const pairs = found.reduce((sum, { looks }) => sum + looks.length, 0);
      const words = (n, one, many) => `${grouped.format(n)} ${n === 1 ? one : many}`;
      status.textContent = found.length === 0 ? "Nothing fits these filters."
        : `${words(found.length, "person", "people")}, ${words(pairs, "pair", "pairs")}; shown: ${state.first + 1} to ${state.first + shown.length}.`;
      const pages = Math.max(1, Math.ceil(found.length / perPage));
      where.textContent = `Page ${Math.floor(state.first / perPage) + 1} of ${pages}`;
      previous.disabled = state.first === 0;
      next.disabled = state.first + perPage >= found.length;
      pager.hidden = pages === 1;
    };
    const restart = () => { state.first = 0; show(); };
    const turn = (by) => {
      state.first += by;
      show();
      document.getElementById("gallery").scrollIntoView({ block: "start" });
    };
    search.addEventListener("input", () => { state.text = search.value; restart(); });
    kind.addEventListener("change", () => { state.kind = kind.value; restart(); });
    level.addEventListener("change", () => { state.level = Number(level.value); restart(); });
    matcher.addEventListener("change", () => { matcher.dataset.touched = "yes"; state.matcher = Number(matcher.value); restart(); });
    over.addEventListener("change", () => { state.over = over.checked; restart(); });
    previous.addEventListener("click", () => turn(-perPage));
    next.addEventListener("click", () => turn(perPage));
    document.addEventListener("threshold", ({ detail }) => {
      thresholds[detail.matcher] = detail.score;
      if (state.over && detail.matcher === state.matcher) restart();
    });
    page.matchers.forEach((one, m) => { thresholds[m] = one.start; });
    show();
    window.addEventListener("beforeprint", () => {
      show(perPrint);
      place.querySelectorAll("img").forEach((image) => { image.loading = "eager"; });
    });
    window.addEventListener("afterprint", () => show());
  }
}
