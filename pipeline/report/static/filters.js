// What is asked for: the toolbar, and the state it stands for, which also lives in the page's address.

const NONE = "";
const state = { q: "", head: heads.map(() => NONE), platform: NONE, status: NONE, review: false, period: NONE, from: "", to: "", day: "", group: "0" };
const controls = {};

const PERIODS = { 7: "近 7 天", 30: "近 30 天", 90: "近 90 天", 365: "近一年", own: "自定日期" };

const haystacks = [];
function haystack(index) {
  const notice = notices[index];
  return (haystacks[index] ??= [notice.title, notice.text, notice.platform, ...(notice.rules || []), ...(notice.copies || []).map((copy) => copy.title)]
    .join("\n").toLowerCase());
}

const searchTerms = () => state.q.toLowerCase().split(/\s+/).filter(Boolean);

function periodRange() {
  if (state.period === "own") return [state.from, state.to];
  return state.period ? [toIso(todayNumber - Number(state.period) + 1), ""] : ["", ""];
}

function matching() {
  const terms = searchTerms();
  const [from, to] = periodRange();
  return notices.filter((notice, index) => {
    const day = (notice.at || "").slice(0, 10);
    return heads.every((_, i) => !state.head[i] || labelOf(notice, i) === state.head[i])
      && (!state.platform || notice.platform === state.platform)
      && (!state.status || notice.status === state.status)
      && (!state.review || notice.review)
      && (!from || (day && day >= from)) && (!to || (day && day <= to))
      && (!state.day || notice.from === state.day || notice.comment === state.day)
      && terms.every((term) => haystack(index).includes(term));
  });
}

function countedValues(valueOf) {
  const counts = new Map();
  for (const notice of notices) {
    const value = valueOf(notice);
    if (value) counts.set(value, (counts.get(value) || 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]);
}

function choice(name, options, read, write) {
  const select = el("select", { change: (event) => { write(event.target.value); changed(); } },
    options.map(([value, words]) => el("option", { value }, words)));
  controls[name] = () => { select.value = read(); select.classList.toggle("is-set", select.selectedIndex > 0); };
  return el("label", { class: "choice" }, el("span", {}, name), select);
}

function valueChoice(name, valueOf, read, write) {
  const options = countedValues(valueOf).map(([value, count]) => [value, `${value}（${count}）`]);
  return options.length ? choice(name, [[NONE, "全部"], ...options], read, write) : null;
}

function dateField(name, key) {
  const input = el("input", { type: "date", change: (event) => { state[key] = event.target.value; changed(); } });
  const label = el("label", { class: "choice own-date" }, el("span", {}, name), input);
  controls[name] = () => { input.value = state[key]; label.hidden = state.period !== "own"; };
  return label;
}

function drawToolbar() {
  let waiting = 0;
  const find = el("input", {
    type: "search", id: "find", placeholder: "在标题和正文里找，如：保证金 类目", autocomplete: "off", "aria-label": "全文查找",
    input: (event) => { state.q = event.target.value; clearTimeout(waiting); waiting = setTimeout(changed, 120); },
  });
  controls.find = () => { if (find.value !== state.q) find.value = state.q; };
  const review = el("input", { type: "checkbox", change: (event) => { state.review = event.target.checked; changed(); } });
  controls.review = () => { review.checked = state.review; };
  const choices = el("div", { class: "choices", id: "choices" },
    heads.map((head, i) => valueChoice(head.title, (notice) => labelOf(notice, i), () => state.head[i], (value) => { state.head[i] = value; })),
    valueChoice("平台", (notice) => notice.platform, () => state.platform, (value) => { state.platform = value; }),
    valueChoice("状态", (notice) => notice.status, () => state.status, (value) => { state.status = value; }),
    choice("发布时间", [[NONE, "全部"], ...Object.entries(PERIODS)], () => state.period, (value) => { state.period = value; }),
    dateField("从", "from"), dateField("到", "to"),
    choice("分组", groupings.map(({ name }, i) => [String(i), `按${name}`]), () => state.group, (value) => { state.group = value; }),
    el("label", { class: "check" }, review, "只看待复核"));
  const fold = el("button", { type: "button", class: "fold", "aria-expanded": "false", "aria-controls": "choices",
    click: () => fold.setAttribute("aria-expanded", String(choices.classList.toggle("is-open"))) }, "筛选");
  byId("toolbar").append(el("div", { class: "find" }, find, fold), choices, el("div", { class: "chips", id: "chips" }));
}

// What narrows the list now, each to be taken away with one press.
function drawChips() {
  const chips = [];
  const chip = (words, drop) => chips.push(el("button", { type: "button", class: "chip", "aria-label": `去掉条件：${words}`, click: () => { drop(); changed(); } }, words));
  if (state.q.trim()) chip(`“${state.q.trim()}”`, () => { state.q = ""; });
  heads.forEach((head, i) => state.head[i] && chip(`${head.title}：${state.head[i]}`, () => { state.head[i] = NONE; }));
  if (state.platform) chip(`平台：${state.platform}`, () => { state.platform = NONE; });
  if (state.status) chip(`状态：${state.status}`, () => { state.status = NONE; });
  if (state.review) chip("待复核", () => { state.review = false; });
  if (state.period === "own" && (state.from || state.to)) chip(`发布于 ${state.from || "最早"} 至 ${state.to || "最近"}`, dropPeriod);
  else if (state.period && state.period !== "own") chip(PERIODS[state.period], dropPeriod);
  if (state.day) chip(`${sayDay(state.day)}生效或截止`, () => { state.day = ""; });
  if (chips.length > 1) chips.push(el("button", { type: "button", class: "chip chip-all", click: () => { clearState(); changed(); } }, "全部清除"));
  byId("chips").replaceChildren(...chips);
}

function dropPeriod() { Object.assign(state, { period: NONE, from: "", to: "" }); }

function clearState() {
  Object.assign(state, { q: "", platform: NONE, status: NONE, review: false, day: "", head: heads.map(() => NONE) });
  dropPeriod();
}

function writeAddress() {
  const asked = new URLSearchParams();
  for (const [key, value] of Object.entries(state)) {
    if (key === "head") value.forEach((label, i) => label && asked.set(`head-${heads[i].id}`, label));
    else if (value && !(key === "group" && value === "0")) asked.set(key, value === true ? "1" : value);
  }
  try { history.replaceState(null, "", `#${asked}`); } catch { /* some viewers forbid it; the filters work without */ }
}

function readAddress() {
  const asked = new URLSearchParams(location.hash.slice(1));
  const isDay = (value) => /^\d{4}-\d\d-\d\d$/.test(value);
  heads.forEach((head, i) => { if (head.labels.includes(asked.get(`head-${head.id}`))) state.head[i] = asked.get(`head-${head.id}`); });
  for (const key of ["q", "platform", "status"]) state[key] = asked.get(key) || "";
  for (const key of ["from", "to", "day"]) if (isDay(asked.get(key))) state[key] = asked.get(key);
  if (Object.hasOwn(PERIODS, asked.get("period"))) state.period = asked.get("period");
  if (groupings[Number(asked.get("group"))]) state.group = String(Number(asked.get("group")));
  state.review = asked.get("review") === "1";
}
