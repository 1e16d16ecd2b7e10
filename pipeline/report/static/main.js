// Draws the page and keeps it in step with what is asked for.

function changed() {
  for (const show of Object.values(controls)) show();
  drawChips();
  drawList();
  writeAddress();
}

function ask(wishes) {
  clearState();
  Object.assign(state, wishes);
  changed();
  goTo(byId("browse"));
}

const inPeriod = (from, to) => (from ? { period: "own", from, to } : {});

// The button turns the dark sheet on or off for good; untouched, it follows the system.
function setUpScheme() {
  const sheet = byId("dark");
  const system = matchMedia("(prefers-color-scheme: dark)");
  let chosen = null;
  try { chosen = localStorage.getItem("scheme"); } catch { /* no storage for local files in some browsers */ }
  const isDark = () => (chosen ? chosen === "dark" : system.matches);
  const show = () => {
    if (chosen) sheet.media = chosen === "dark" ? "screen" : "not all";
    byId("scheme").setAttribute("aria-pressed", String(isDark()));
  };
  byId("scheme").addEventListener("click", () => {
    chosen = isDark() ? "light" : "dark";
    try { localStorage.setItem("scheme", chosen); } catch { /* then it lasts as long as the page */ }
    show();
  });
  system.addEventListener("change", show);
  show();
}

function start() {
  setUpScheme();
  collectDays();
  drawLeaf();
  drawLead();
  drawDue("this-week", "本周生效", currentMonday(), agenda.thisWeek);
  drawDue("next-week", "下周生效", currentMonday() + 7, agenda.nextWeek);
  drawComments();
  drawCalendar(currentMonday() - 7, (day) => ask({ day }));
  drawCharts(
    (label, from, to) => ask({ head: heads.map((_, i) => (i === GROUP_HEAD ? label : NONE)), ...inPeriod(from, to) }),
    (platform, from, to) => ask({ platform, ...inPeriod(from, to) }));
  readAddress();
  drawToolbar();
  changed();
}

start();
