// The page's data, and the few helpers everything else is built with.

const data = JSON.parse(document.getElementById("data").textContent);
const { heads, notices, agenda, today } = data;
const WEEKDAYS = ["一", "二", "三", "四", "五", "六", "日"];
const DAY = 86400000;
const PALETTE = 8;

// An element. Strings become text nodes, never markup: whatever a notice says stays text.
function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

const byId = (id) => document.getElementById(id);

// Days are ISO text; arithmetic on them goes through UTC, where every day has 24 hours.
const toNumber = (iso) => Math.round(Date.parse(iso + "T00:00:00Z") / DAY);
const toIso = (number) => new Date(number * DAY).toISOString().slice(0, 10);
const weekday = (number) => (((number + 3) % 7) + 7) % 7;
const monthOf = (iso) => Number(iso.slice(5, 7));
const dayOf = (iso) => Number(iso.slice(8, 10));
const todayNumber = toNumber(today);

// "12月13日", with the year where it is not this year.
function sayDay(iso) {
  const year = iso.slice(0, 4) === today.slice(0, 4) ? "" : `${Number(iso.slice(0, 4))}年`;
  return `${year}${monthOf(iso)}月${dayOf(iso)}日`;
}

function sayDistance(iso) {
  const days = toNumber(iso) - todayNumber;
  if (days === 0) return "今天";
  if (days === 1) return "明天";
  if (days === -1) return "昨天";
  return days > 0 ? `${days} 天后` : `${-days} 天前`;
}

const sayWeekday = (iso) => `周${WEEKDAYS[weekday(toNumber(iso))]}`;

const labelOf = (notice, head) => heads[head].labels[notice.labels[head]] || "未分类";
// The first head is the badge, the second (or the only one) groups the page.
const GROUP_HEAD = Math.min(1, heads.length - 1);
const BADGE_HEAD = 0;

function badge(notice, head = BADGE_HEAD) {
  return el("span", { class: `badge hue-${notice.labels[head] % PALETTE}` }, labelOf(notice, head));
}

// How sure the label is that the model is least sure of, in percent.
function surest(notice) {
  const known = notice.sure.filter((value) => value !== null);
  return known.length ? Math.min(...known) : null;
}

// A list that shows its first entries and brings the others by and by: the page stays light however long it is.
function pagedList(attributes, entries, make, { first, step }) {
  const list = el("ol", attributes);
  const box = el("div", {}, list);
  let shown = 0;
  const more = el("button", { type: "button", class: "more", click: () => grow(step, true) });
  function grow(count, focus) {
    const fresh = entries.slice(shown, shown + count).map((entry) => el("li", {}, make(entry)));
    list.append(...fresh);
    shown += fresh.length;
    const left = entries.length - shown;
    more.textContent = `再显示 ${Math.min(step, left)} 条（还有 ${left} 条）`;
    if (left > 0) box.append(more);
    else more.remove();
    if (focus && fresh.length) fresh[0].querySelector("button, a")?.focus({ preventScroll: true });
  }
  grow(first, false);
  return box;
}
