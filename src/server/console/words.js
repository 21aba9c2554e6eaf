// What the page itself says: each thing in Chinese and in English, side by side, so that none has only one. The pack's own names are in pack.js.

const SAID = {
  name: ["慧眼", "Huiyan"],
  subtitle: ["监督线索", "supervision clues"],
  skip: ["跳到线索列表", "To the list of clues"],
  other: ["English", "中文"],
  weekdays: [["星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"], ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]],
  today: ["今日", "Today"],

  // the stream
  live: ["实时", "Live"],
  connecting: ["连接中…", "Connecting…"],
  loading: ["载入中…", "Loading…"],
  behind: ["追赶中…", "Catching up…"],
  lost: ["连接中断", "Offline"],
  lostMeans: ["与服务器的连接中断，正在重连。以下内容可能已过时；恢复后自动补齐，不会遗漏。", "The line to the server is lost; trying again. What is shown may be out of date; once the line is back the page catches up and misses nothing."],
  stale: ["规则已暂停，线索未更新", "Rules suspended, clues stand still"],

  // sums and filters
  open: ["条线索", "clues"],
  movedToday: [(opened, closed) => `今日：新增 ${opened} · 撤销 ${closed}`, (opened, closed) => `Today: ${opened} new · ${closed} withdrawn`],
  movedSince: [(opened, closed) => `打开页面后：新增 ${opened} · 撤销 ${closed}`, (opened, closed) => `Since you came: ${opened} new · ${closed} withdrawn`],
  filters: ["筛选", "Filters"],
  byLevel: ["按级别", "By level"],
  byRule: ["按规则", "By rule"],
  byAgency: ["按机关", "By agency"],
  byState: ["按办理状态", "By state"],
  begun: ["撤销后待办结", "Withdrawn, case not closed"],
  begunMeans: ["已开始办理、线索其后撤销的案件，办结为止。", "Cases that were begun before their clue was withdrawn; they go on until they are closed."],
  none: ["（无机关）", "(no agency)"],
  latest: ["最新变化", "Latest changes"],
  search: ["搜索：案号、文号、机关", "Search: case, agency, text"],
  order: ["排序", "Order"],
  newest: ["最新在前", "Newest first"],
  soonest: ["期限在前", "Due first"],
  found: [n => `${n} 条符合`, n => `${n} fit`],
  foundOnly: [(n, filters) => `${n} 条符合：${filters}`, (n, filters) => `${n} fit: ${filters}`],
  clear: ["清除筛选", "Clear filters"],
  emptyAll: ["目前没有线索。", "No clue holds now."],
  emptyFiltered: ["没有符合筛选条件的线索。", "No clue fits the filters."],
  more: [n => `再显示 ${n} 条`, n => `Show ${n} more`],

  // a clue
  clues: ["线索列表", "Clues"],
  violation: ["违法", "Violation"],
  hint: ["提示", "Hint"],
  quality: ["数据", "Data"],
  violationMeans: ["按已报送的数据，应当做的到期未做或者逾期才做，规则的各项条件都已满足。线索不是结论，须经核查。",
    "By the records sent, what the law asks for was not done, or done late, and every condition of the rule is met. A clue is no finding: check it."],
  hintMeans: ["值得核查，但按规则还不足以评价为违法：有的条件尚不确定（期限、数据是否完整、身份、法律依据），或者该事项本身不直接构成违法。",
    "Worth looking into, but by the rule not enough to call it a violation: something is not certain (the time limit, whether the data are complete, who it is, the law), or the matter in itself breaks no duty."],
  qualityMeans: ["数据本身可能有误，请先核对数据。", "The data themselves may be wrong: check them first."],
  due: ["期限", "Due"],
  pastDue: [n => `已过 ${n} 天`, n => `${n} ${n === 1 ? "day" : "days"} ago`],
  toDue: [n => `还有 ${n} 天`, n => `in ${n} ${n === 1 ? "day" : "days"}`],
  late: [n => `逾期 ${n} 天`, n => `${n} ${n === 1 ? "day" : "days"} late`],
  dueToday: ["今日届满", "ends today"],
  agency: ["机关", "Agency"],
  person: ["人员代号", "Person (code)"],
  personMeans: ["由系统生成，不含身份信息；同一人代号相同", "made by the server, tells no identity; the same for the same person"],
  basis: ["依据", "Basis"],
  area: ["地区代码", "Area code"],
  verified: ["已核实", "verified"],
  verifiedSecond: ["经二手资料核实", "verified by a secondary source"],
  unverified: ["待核实", "not verified"],
  original: ["规则原文", "Original in Chinese"],
  columns: ["要素", "Particulars"],
  others: ["同一人的其他线索", "Other clues of this person"],
  history: ["经过", "History"],
  rows: ["相关记录", "Records behind it"],
  noRows: ["未找到相关记录。", "No record was found."],
  unreadable: ["暂时无法读取。", "Cannot be read now."],
  unknownClue: ["没有这条线索，或者它撤销已久。", "There is no such clue, or it was withdrawn long ago."],
  gone: ["已撤销", "Withdrawn"],
  goneMeans: ["以下是撤销前的内容", "below is what it said before"],
  close: ["关闭", "Close"],
  print: ["打印", "Print"],

  // case work
  caseWork: ["办理", "Case work"],
  toState: ["改为", "Set to"],
  forReason: ["理由", "Reason"],
  choose: ["请选择", "Choose one"],
  note: ["说明", "Note"],
  noteMeans: ["只有检察机关和管理员可见", "seen by procuratorates and the operator only"],
  say: ["提交", "Save"],
  notSaid: ["未能提交，请稍后重试。", "It could not be sent; try again."],
  operator: ["管理员", "the operator"],
  byVerdict: [(agency, state) => `${agency}办理：${state}`, (agency, state) => `${agency} said: ${state}`],
  dismissalEnded: ["相关记录已变，原排除不再适用", "the records became others: the dismissal does not hold any more"],

  // what happened to it
  opOpen: ["产生", "opened"],
  opChange: ["变更", "changed"],
  opWithdraw: ["撤销", "withdrawn"],
  opReopen: ["重新产生", "reopened"],
  byBatch: [agency => `${agency}报送了记录`, agency => `records of ${agency} came`],
  byClock: [day => `日期到了 ${day}`, day => `the day came to ${day}`],
  byRules: [rules => `规则更新（${rules}）`, rules => `the rules changed (${rules})`],
  goneByBatch: [agency => `${agency}补报或者更正了记录，线索不再成立`, agency => `${agency} sent or corrected a record, and the clue no longer holds`],
  goneByClock: [day => `日期到了 ${day}，线索不再成立`, day => `the day came to ${day}, and the clue no longer holds`],
  goneByRules: [rules => `规则更新（${rules}），线索不再成立`, rules => `the rules changed (${rules}), and the clue no longer holds`],
};

// Where the browser keeps nothing, the choice lasts as long as the page.
function kept() {
  try { return localStorage.getItem("lang"); } catch { return null; }
}

let lang = (kept() || navigator.language).startsWith("zh") ? "zh" : "en";

export const language = () => lang;
// Of a pair, the one in the language of the page.
export const either = pair => pair[lang === "zh" ? 0 : 1];
export const say = name => either(SAID[name]);

export function switchLanguage() {
  lang = lang === "zh" ? "en" : "zh";
  try { localStorage.setItem("lang", lang); } catch { /* it lasts as long as the page */ }
}

const LEVELS = ["violation", "hint", "quality"];
export const levelName = level => (LEVELS.includes(level) ? say(level) : level);
export const levelMeans = level => (LEVELS.includes(level) ? say(`${level}Means`) : "");

const OPS = { open: "opOpen", change: "opChange", withdraw: "opWithdraw", reopen: "opReopen" };
export const opName = op => (OPS[op] ? say(OPS[op]) : op);

// Why something happened. A withdrawal says that the clue no longer holds, and by what.
export function causeInWords(op, cause, agencyName, stateInWords) {
  const said = name => say(op === "withdraw" ? `goneBy${name}` : `by${name}`);
  switch (cause?.kind) {
    case "batch": return said("Batch")(agencyName(cause.agency));
    case "clock": return said("Clock")(String(cause.now));
    case "verdict": return say("byVerdict")(agencyName(cause.agency), stateInWords(cause.state, cause.reason));
    case "rules": return said("Rules")(`${cause.pack} ${cause.version}`);
    default: return "";
  }
}
