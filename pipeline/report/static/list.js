// The notices that match, in groups, each with its first few and more on demand.

const FIRST_IN_GROUP = 5;
const GROUPS_AT_ONCE = 40;

const groupings = [
  ...(heads.length ? [GROUP_HEAD, ...heads.keys()].filter((head, i, all) => all.indexOf(head) === i) : [])
    .map((head) => ({ name: heads[head].title, of: (notice) => labelOf(notice, head) })),
  { name: "平台", of: (notice) => notice.platform || "未说明平台" },
  { name: "发布月份", of: (notice) => (notice.at ? `${notice.at.slice(0, 4)}年${monthOf(notice.at)}月` : "时间不详"), inOrder: true },
];

function grouped(found) {
  const grouping = groupings[Number(state.group)];
  const groups = new Map();
  for (const notice of found) {
    const name = grouping.of(notice);
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(notice);
  }
  const entries = [...groups];
  return grouping.inOrder ? entries : entries.sort((a, b) => b[1].length - a[1].length);
}

// Of what the group consists: "修订 12 · 新增 5 · …", where the badge is not what groups it.
function composition(members) {
  const counts = new Map();
  for (const notice of members) counts.set(labelOf(notice, BADGE_HEAD), (counts.get(labelOf(notice, BADGE_HEAD)) || 0) + 1);
  if (counts.size < 2) return null;
  const biggest = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 4);
  return el("p", { class: "composition" }, biggest.map(([label, count]) => el("span", {}, `${label} ${count}`)));
}

function groupSection([name, members], number, terms, first) {
  return el("section", { class: "group", id: `group-${number}`, "aria-labelledby": `group-title-${number}`, tabindex: "-1" },
    el("div", { class: "group-head" },
      el("h3", { id: `group-title-${number}` }, name, el("span", { class: "group-count" }, String(members.length))),
      composition(members)),
    pagedList({ class: "notice-list" }, members, (notice) => noticeItem(notice, { terms }), { first, step: 40 }));
}

function drawList() {
  const found = matching();
  const groups = grouped(found);
  const terms = searchTerms();
  const first = groups.length === 1 ? 30 : FIRST_IN_GROUP;
  byId("result").textContent = found.length === notices.length ? `共 ${found.length} 条` : `${found.length} 条符合，共 ${notices.length} 条`;
  const shown = groups.slice(0, GROUPS_AT_ONCE);
  const sections = shown.map((group, i) => groupSection(group, i, terms, first));
  const rest = groups.length - shown.length;
  if (rest) sections.push(el("p", { class: "rest" }, `另有 ${rest} 组未列出，可用筛选缩小范围。`));
  byId("groups").replaceChildren(...(sections.length ? sections : [nothingFound()]));
  byId("index").replaceChildren(el("ol", {}, shown.map(([name, members], i) => el("li", {},
    el("button", { type: "button", click: () => goTo(byId(`group-${i}`)) }, el("span", {}, name), el("span", { class: "index-count" }, String(members.length)))))));
}

function nothingFound() {
  return el("div", { class: "nothing-found" }, el("p", {}, notices.length ? "没有符合条件的通知。" : "表里没有通知。"),
    notices.length ? el("button", { type: "button", class: "more", click: () => { clearState(); changed(); } }, "清除全部条件") : null);
}

function goTo(target) {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  target.scrollIntoView({ behavior: still ? "auto" : "smooth", block: "start" });
  target.focus({ preventScroll: true });
}
