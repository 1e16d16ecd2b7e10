// One notice: a headline that opens to the text with its marks, its facts and its repeats.

let detailNumber = 0;

function noticeItem(notice, { excerpt = true, dated = true, heading = "h4", terms = [] } = {}) {
  const detail = el("div", { class: "detail", id: `detail-${(detailNumber += 1)}`, hidden: true });
  const opener = el("button", { type: "button", class: "opener", "aria-expanded": "false", "aria-controls": detail.id },
    markedHits(notice.title, terms));
  const brief = excerpt && notice.text ? el("p", { class: "excerpt" }, markedHits(snippet(notice.text, terms), terms)) : null;
  const article = el("article", { class: "notice" },
    el("div", { class: "headline" }, badge(notice), el(heading, {}, opener)), meta(notice, dated), brief, detail);
  const toggle = () => {
    const open = detail.hidden;
    detail.replaceChildren(...(open ? details(notice, opener) : []));
    if (!open) opener.replaceChildren(...markedHits(notice.title, terms));
    detail.hidden = !open;
    if (brief) brief.hidden = open;
    opener.setAttribute("aria-expanded", String(open));
    article.classList.toggle("is-open", open);
  };
  opener.addEventListener("click", toggle);
  brief?.addEventListener("click", toggle);
  return article;
}

function meta(notice, dated) {
  const parts = [];
  if (notice.platform) parts.push(el("span", { class: "platform" }, notice.platform));
  if (!dated && notice.amounts) parts.push(el("span", { class: "amount" }, arrow(notice.amounts[0])));
  if (dated && notice.at) parts.push(el("time", { datetime: notice.at.slice(0, 10) }, `${sayDay(notice.at.slice(0, 10))}发布`));
  if (notice.from && dated) parts.push(el("span", { class: "takes-effect" }, `${sayDay(notice.from)}生效`, distanceSoon(notice.from)));
  if (notice.comment) parts.push(el("span", { class: "takes-comments" }, `意见截止 ${sayDay(notice.comment)}`, distanceSoon(notice.comment)));
  if (!notice.from && notice.status && notice.status !== "未说明" && !notice.comment) parts.push(el("span", {}, notice.status));
  if (notice.copies) parts.push(el("span", { class: "copies", title: "内容相同的通知已折叠" }, `${notice.copies.length + 1} 篇同文`));
  parts.push(sureness(notice));
  return el("p", { class: "meta" }, parts);
}

const arrow = (amount) => amount.replace("→", " → ");

function distanceSoon(iso) {
  const days = toNumber(iso) - todayNumber;
  return days >= -1 && days <= 30 ? ` · ${sayDistance(iso)}` : "";
}

function sureness(notice) {
  const sure = surest(notice);
  const said = heads.map((head, i) => `${head.title} ${notice.sure[i] ?? "—"}%`).join("，");
  if (notice.review) return el("span", { class: "review", title: `把握：${said}` }, "待复核", sure === null ? "" : ` ${sure}%`);
  if (sure === null) return null;
  return el("span", { class: "sure", title: `把握：${said}` }, `把握 ${sure}%`);
}

// What an open notice shows; its headline is marked together with its text.
function details(notice, headline) {
  const views = [["facts", "事实"], ...heads.filter((head) => notice.why?.[head.id]?.length).map((head) => [head.id, `${head.title}的依据`])];
  const text = el("p", { class: "full-text" });
  const key = el("p", { class: "key" });
  const show = (view) => {
    const marked = (field) => (view === "facts" ? markedFacts(notice, field) : markedWhy(notice, field, view));
    headline.replaceChildren(...marked("title"));
    text.replaceChildren(...marked("text"));
    key.replaceChildren(...(view === "facts" ? factKey(notice) : whyKey()));
    for (const button of tabs.children) button.setAttribute("aria-pressed", String(button.dataset.view === view));
  };
  const tabs = el("div", { class: "views", role: "group", "aria-label": "标出什么" },
    views.map(([view, name]) => el("button", { type: "button", "data-view": view, click: () => show(view) }, name)));
  show("facts");
  tabs.hidden = views.length < 2;
  return [el("div", { class: "reading" }, tabs, text, key), el("div", { class: "facts" }, factList(notice), copyList(notice))];
}

function factKey(notice) {
  const present = Object.keys(notice.places || {}).filter((fact) => notice.places[fact].length);
  return present.map((fact) => el("mark", { class: `fact fact-${fact}` }, FACTS[fact] || fact));
}

function whyKey() {
  return [el("span", {}, "颜色越深，影响越大："), el("mark", { class: "why why-4" }, "支持"), el("mark", { class: "why against-4" }, "反对")];
}

function factList(notice) {
  const labels = heads.map((head, i) => [head.title, el("span", { class: "with-meter" }, labelOf(notice, i), meter(notice.sure[i]))]);
  const rows = [
    ...labels,
    ["生效", notice.from && `${notice.from}（${sayWeekday(notice.from)}，${sayDistance(notice.from)}）`],
    ["有效至", notice.until],
    ["意见截止", notice.comment && `${notice.comment}（${sayWeekday(notice.comment)}，${sayDistance(notice.comment)}）`],
    ["状态", notice.status],
    ["平台", notice.platform],
    ["规则", notice.rules?.map((rule) => el("span", { class: "line" }, `《${rule}》`))],
    ["对象", notice.audience?.join("、")],
    ["变化", notice.amounts?.map((amount) => el("span", { class: "line" }, arrow(amount)))],
    ["发布", notice.at],
    ["来源", notice.source],
    ["原文", notice.url && link(notice.url, "打开网页 ↗")],
  ];
  return el("dl", {}, rows.filter(([, value]) => value).map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

function meter(percent) {
  if (percent === null) return null;
  const box = el("span", { class: "meter", role: "img", "aria-label": `把握 ${percent}%` }, el("span", { class: "meter-fill" }));
  box.firstChild.style.width = `${percent}%`;
  return [box, el("span", { class: "meter-figure", "aria-hidden": "true" }, `${percent}%`)];
}

function link(address, words) {
  return /^https?:\/\//i.test(address) ? el("a", { href: address, rel: "noopener noreferrer", target: "_blank" }, words) : null;
}

function copyList(notice) {
  if (!notice.copies) return null;
  const line = (copy) => [copy.title || "同题", [copy.source, copy.at].filter(Boolean).join(" · ")];
  return el("div", { class: "copy-list" }, el("h5", {}, `另有 ${notice.copies.length} 篇同文`),
    el("ul", {}, notice.copies.slice(0, 20).map((copy) => {
      const [title, origin] = line(copy);
      return el("li", {}, (copy.url && link(copy.url, title)) || title, origin ? el("span", { class: "origin" }, origin) : null);
    })));
}
