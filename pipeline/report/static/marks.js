// Text with marks: what was searched for, where the facts stand, which characters spoke for a label.

const FACTS = {
  effective_date: "生效日", effective_until: "有效至", comment_until: "意见截止", status: "状态",
  rule_names: "规则", platform: "平台", audience: "对象", amounts: "变化",
};

// Places come as one list of numbers, to keep the page small.
const FIELDS = ["title", "text"];
const unflat = (numbers, size) => Array.from({ length: numbers.length / size }, (_, i) => numbers.slice(i * size, (i + 1) * size));

// Runs of characters for which `paint` gives the same answer. Offsets count code points, as in the table.
function runs(text, paint, wrap) {
  const characters = Array.from(text);
  const parts = [];
  let start = 0;
  for (let i = 1; i <= characters.length; i += 1) {
    if (i < characters.length && paint[i] === paint[start]) continue;
    const piece = characters.slice(start, i).join("");
    parts.push(paint[start] === undefined ? piece : wrap(piece, paint[start]));
    start = i;
  }
  return characters.length ? parts : [];
}

function paintFacts(notice, field) {
  const paint = [];
  for (const [fact, places] of Object.entries(notice.places || {})) {
    for (const [where, start, end] of unflat(places, 3)) {
      // Where places overlap, the fact that comes first in the table keeps its characters.
      if (FIELDS[where] === field) for (let i = start; i < end; i += 1) paint[i] ??= fact;
    }
  }
  return paint;
}

function paintWhy(notice, field, head) {
  const sums = [];
  for (const [where, start, end, share] of unflat(notice.why?.[head] || [], 4)) {
    if (FIELDS[where] === field) for (let i = start; i < end; i += 1) sums[i] = (sums[i] || 0) + share;
  }
  return sums;
}

// How strongly a sum is shaded: 1 to 5, below 0 for what spoke against.
function shade(sum, strongest) {
  const level = Math.ceil((5 * Math.abs(sum)) / strongest);
  return sum === 0 ? undefined : Math.sign(sum) * Math.min(5, level);
}

function markedFacts(notice, field) {
  return runs(notice[field], paintFacts(notice, field), (piece, fact) => {
    const name = FACTS[fact] || fact;
    return el("mark", { class: `fact fact-${fact}`, title: name }, piece);
  });
}

function markedWhy(notice, field, head) {
  const sums = { title: paintWhy(notice, "title", head), text: paintWhy(notice, "text", head) };
  const strongest = Math.max(1, ...[...sums.title, ...sums.text].map((sum) => Math.abs(sum || 0)));
  const levels = sums[field].map((sum) => shade(sum, strongest));
  return runs(notice[field], levels, (piece, level) =>
    el("mark", { class: level > 0 ? `why why-${level}` : `why against-${-level}`, title: level > 0 ? "支持" : "反对" }, piece));
}

// The text from shortly before the first word that was searched for, where that lies deep in it.
function snippet(text, terms) {
  const lower = text.toLowerCase();
  const hits = terms.map((term) => lower.indexOf(term)).filter((at) => at >= 0);
  const first = hits.length ? Math.min(...hits) : 0;
  return first > 40 && lower.length === text.length ? `…${text.slice(first - 20).replace(/^[\udc00-\udfff]/, "")}` : text;
}

// Text with the search's words marked; without a search, the text as it is.
function markedHits(text, terms) {
  const lower = text.toLowerCase();
  if (!terms.length || lower.length !== text.length) return [text];
  const paint = new Array(text.length).fill(false);
  for (const term of terms) {
    for (let at = lower.indexOf(term); at >= 0; at = lower.indexOf(term, at + term.length)) paint.fill(true, at, at + term.length);
  }
  const parts = [];
  for (let start = 0, end = 0; start < text.length; start = end) {
    while (end < text.length && paint[end] === paint[start]) end += 1;
    const piece = text.slice(start, end);
    parts.push(paint[start] ? el("mark", { class: "hit" }, piece) : piece);
  }
  return parts;
}
