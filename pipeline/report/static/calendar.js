// Today's leaf, what is due this week and next, and the strip of weeks.

const WEEKS_SHOWN = 6;
const byDay = new Map();

function collectDays() {
  const put = (iso, kind, notice) => {
    if (!byDay.has(iso)) byDay.set(iso, { due: [], comment: [] });
    byDay.get(iso)[kind].push(notice);
  };
  for (const notice of notices) {
    if (notice.from) put(notice.from, "due", notice);
    if (notice.comment) put(notice.comment, "comment", notice);
  }
}

function drawLeaf() {
  const leaf = byId("leaf");
  leaf.setAttribute("datetime", today);
  leaf.append(
    el("span", { class: "leaf-month" }, `${Number(today.slice(0, 4))}年${monthOf(today)}月`),
    el("span", { class: "leaf-day" }, String(dayOf(today))),
    el("span", { class: "leaf-weekday" }, `星期${WEEKDAYS[weekday(todayNumber)]}`));
}

// The page in one sentence: what to act on.
function drawLead() {
  const strong = (words) => el("strong", {}, words);
  const { thisWeek, nextWeek, comments } = agenda;
  const said = (count) => strong(`${count} 条`);
  let parts = ["本周和下周都没有规则生效。"];
  if (thisWeek.length) parts = ["本周 ", said(thisWeek.length), "规则生效，下周", ...(nextWeek.length ? [" ", said(nextWeek.length)] : ["没有"]), "。"];
  else if (nextWeek.length) parts = ["本周没有规则生效，下周 ", said(nextWeek.length), "。"];
  const drafts = comments.length
    ? [strong(`${comments.length} 份`), "征求意见稿还可以提意见，最近一份 ", strong(sayDistance(notices[comments[0]].comment)), "截止。"]
    : [];
  byId("lead").append(el("span", {}, parts), el("span", {}, drafts));
  const review = notices.filter((notice) => notice.review).length;
  const days = notices.filter((notice) => notice.at).map((notice) => notice.at.slice(0, 10));
  const figures = [
    `${data.total} 条通知`,
    data.total > notices.length ? `${data.total - notices.length} 条重复已折叠` : null,
    days.length ? `发布于 ${days[days.length - 1]} 至 ${days[0]}` : null,
    review ? `${review} 条待复核` : null,
  ];
  byId("figures").append(...figures.filter(Boolean).map((words) => el("span", {}, words)));
}

function drawDue(id, title, monday, indices) {
  const span = `${sayDay(toIso(monday))} – ${sayDay(toIso(monday + 6))}`;
  const days = new Map();
  for (const index of indices) {
    const notice = notices[index];
    days.set(notice.from, [...(days.get(notice.from) || []), notice]);
  }
  const past = [...days].filter(([iso]) => iso < today);
  const ahead = [...days].filter(([iso]) => iso >= today);
  const list = (some) => el("ol", { class: "days" }, some.map(([iso, due]) => dueDay(iso, due)));
  const nothing = el("p", { class: "nothing" }, past.length ? "这一周余下的日子没有规则生效。" : "没有规则在这一周生效。");
  byId(id).append(el("h2", {}, title, el("span", { class: "span" }, span)), ahead.length ? list(ahead) : nothing);
  if (!past.length) return;
  // What has already happened this week steps back behind what is to come.
  const count = past.reduce((sum, [, due]) => sum + due.length, 0);
  byId(id).append(el("details", { class: "earlier" }, el("summary", {}, `本周已经生效 ${count} 条`), list(past)));
}

function dueDay(iso, due) {
  const state = iso === today ? "is-today" : iso < today ? "is-past" : "";
  return el("li", { class: `due-day ${state}` },
    el("p", { class: "due-date" },
      el("span", { class: "due-number" }, String(dayOf(iso))),
      el("span", { class: "due-weekday" }, iso === today ? "今天" : sayWeekday(iso))),
    pagedList({ class: "due-list" }, due, (notice) => noticeItem(notice, { excerpt: false, dated: false, heading: "h3" }), { first: 5, step: 20 }));
}

function drawComments() {
  const open = agenda.comments.map((index) => notices[index]);
  if (!open.length) {
    byId("comments-panel").hidden = true;
    return;
  }
  byId("comments").append(pagedList({ class: "deadlines" }, open, (notice) => noticeItem(notice, { excerpt: false, dated: false, heading: "h3" }),
    { first: 4, step: 20 }));
}

function drawCalendar(firstMonday, onDay) {
  const cells = [];
  for (let number = firstMonday; number < firstMonday + 7 * WEEKS_SHOWN; number += 1) cells.push(dayCell(number, firstMonday, onDay));
  const head = WEEKDAYS.map((name) => el("span", { class: "weekday", "aria-hidden": "true" }, name));
  byId("calendar").replaceChildren(el("div", { class: "calendar" }, head, cells));
  const turn = (weeks) => () => drawCalendar(firstMonday + 7 * weeks, onDay);
  byId("calendar-pager").replaceChildren(
    el("button", { type: "button", "aria-label": "往前四周", click: turn(-4) }, "‹"),
    el("button", { type: "button", class: "pager-today", click: () => drawCalendar(currentMonday() - 7, onDay) }, "今天"),
    el("button", { type: "button", "aria-label": "往后四周", click: turn(4) }, "›"));
}

function dayCell(number, firstMonday, onDay) {
  const iso = toIso(number);
  const entry = byDay.get(iso);
  const classes = ["day", number === todayNumber && "is-today", number < todayNumber && "is-past", monthOf(iso) % 2 && "is-odd"];
  const name = number === firstMonday || dayOf(iso) === 1 ? `${monthOf(iso)}月${dayOf(iso)}日` : String(dayOf(iso));
  const face = [el("span", { class: name.length > 2 ? "day-name with-month" : "day-name" }, name)];
  if (!entry) return el("span", { class: classes.filter(Boolean).join(" ") }, face);
  const said = [];
  const counts = el("span", { class: "day-counts" });
  for (const [kind, word] of [["due", "生效"], ["comment", "意见截止"]]) {
    const count = entry[kind].length;
    if (!count) continue;
    said.push(`${count} 条${word}`);
    counts.append(el("span", { class: `count ${kind}-count` }, String(count)));
  }
  const label = `${sayDay(iso)}${sayWeekday(iso)}：${said.join("，")}`;
  const full = [...classes, "has-entries"].filter(Boolean).join(" ");
  return el("button", { type: "button", class: full, "aria-label": label, title: label, "data-day": iso, click: () => onDay(iso) }, face, counts);
}

const currentMonday = () => todayNumber - weekday(todayNumber);
