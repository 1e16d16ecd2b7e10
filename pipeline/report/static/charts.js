// How many notices over time, one row of bars for each topic and each platform. One colour: rows are told apart by
// their names, so the chart reads the same to everybody.

const ROWS_SHOWN = 12;
const BARS_AT_MOST = 40;

// Steps of time wide enough for a row: weeks, months, quarters or years.
function timeSteps() {
  const days = notices.filter((notice) => notice.at).map((notice) => notice.at.slice(0, 10));
  if (!days.length) return null;
  const last = days[0];
  const first = days[days.length - 1];
  const month = (iso) => Number(iso.slice(0, 4)) * 12 + monthOf(iso) - 1;
  const year = (m) => String(Math.floor(m / 12)).padStart(4, "0");
  const monthIso = (m) => `${year(m)}-${String((m % 12) + 1).padStart(2, "0")}-01`;
  const months = (size, say) => ({
    of: (iso) => Math.floor(month(iso) / size), from: (step) => monthIso(step * size), say,
  });
  const kinds = [
    { of: (iso) => Math.floor((toNumber(iso) + 3) / 7), from: (step) => toIso(step * 7 - 3), say: (iso) => `${iso} 起一周` },
    months(1, (iso) => `${iso.slice(0, 4)}年${monthOf(iso)}月`),
    months(3, (iso) => `${iso.slice(0, 4)}年第${Math.ceil(monthOf(iso) / 3)}季度`),
    months(12, (iso) => `${iso.slice(0, 4)}年`),
  ];
  const kind = kinds.find(({ of }) => of(last) - of(first) < BARS_AT_MOST) || kinds[3];
  const start = kind.of(first);
  return { ...kind, start, count: Math.min(kind.of(last) - start + 1, 400) };
}

function rowsOf(nameOf, steps) {
  const rows = new Map();
  for (const notice of notices) {
    const name = nameOf(notice);
    if (!name) continue;
    if (!rows.has(name)) rows.set(name, { name, total: 0, bars: new Array(steps.count).fill(0) });
    const row = rows.get(name);
    row.total += 1;
    const step = notice.at ? steps.of(notice.at.slice(0, 10)) - steps.start : -1;
    if (step >= 0 && step < steps.count) row.bars[step] += 1;
  }
  return [...rows.values()].sort((a, b) => b.total - a.total);
}

function bars(row, steps, highest, onPick) {
  const height = 24;
  const picture = svg("svg", { class: "bars", viewBox: `0 0 ${steps.count * 10} ${height}`, preserveAspectRatio: "none", "aria-hidden": "true" });
  row.bars.forEach((count, i) => {
    const iso = steps.from(steps.start + i);
    const tall = count ? Math.max(2, (height * count) / highest) : 0;
    const hit = svg("rect", { class: "bar-field", x: i * 10, y: 0, width: 10, height });
    const bar = svg("rect", { class: "bar", x: i * 10 + 1.2, y: height - tall, width: 7.6, height: tall });
    const title = svg("title");
    title.textContent = `${row.name}，${steps.say(iso)}：${count} 条`;
    const step = svg("g", { class: count ? "step has-notices" : "step" }, title, hit, bar);
    if (count) step.addEventListener("click", () => onPick(row.name, iso, toIso(toNumber(steps.from(steps.start + i + 1)) - 1)));
    picture.append(step);
  });
  return picture;
}

function chart(title, nameOf, steps, onPick) {
  const rows = rowsOf(nameOf, steps);
  if (!rows.length) return null;
  const shown = rows.slice(0, ROWS_SHOWN);
  const highest = Math.max(...shown.flatMap((row) => row.bars), 1);
  const rest = rows.length - shown.length;
  const lines = shown.map((row) => el("li", { class: "trend" },
    el("button", { type: "button", class: "trend-name", title: row.name, click: () => onPick(row.name, null, null) }, row.name),
    bars(row, steps, highest, onPick),
    el("span", { class: "trend-total" }, String(row.total))));
  const axis = el("p", { class: "axis", "aria-hidden": "true" },
    el("span", {}, steps.say(steps.from(steps.start))), el("span", {}, `最高 ${highest} 条`),
    el("span", {}, steps.say(steps.from(steps.start + steps.count - 1))));
  return el("section", { class: "panel" }, el("div", { class: "panel-head" }, el("h2", {}, title)),
    el("ol", { class: "trend-list" }, lines), axis, rest ? el("p", { class: "rest" }, `另有 ${rest} 个未列出`) : null);
}

function drawCharts(onPickHead, onPickPlatform) {
  const steps = timeSteps();
  if (!steps || !heads.length) return;
  const head = heads[GROUP_HEAD];
  const charts = [
    chart(`${head.title}走势`, (notice) => labelOf(notice, GROUP_HEAD), steps, onPickHead),
    chart("平台走势", (notice) => notice.platform, steps, onPickPlatform),
  ];
  byId("trends").append(...charts.filter(Boolean));
}
