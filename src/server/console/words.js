// What the page says, in Chinese and English. It knows the names of the pack's rules and columns; what it does not know it shows as it is.

const SAID = {
  zh: {
    skip: "跳到线索列表", subtitle: "监督线索", open: "条线索", filters: "筛选", byRule: "按规则", byAgency: "按机关", latest: "最新变化",
    stale: "规则已暂停，线索未更新", live: "实时", connecting: "连接中…", lost: "连接中断，正在重连…", loading: "载入中…", behind: "追赶中…",
    violation: "违法", hint: "提示", quality: "数据", due: "期限", agency: "机关", person: "人员", basis: "依据", area: "地区",
    search: "搜索线索：案号、文书号、机关、内容", order: "排序", newest: "最新在前", soonest: "期限在前",
    filtered: "筛选：", clear: "清除", close: "关闭", emptyAll: "目前没有线索。", emptyFiltered: "没有符合筛选条件的线索。",
    more: n => `另有 ${n} 条未显示，请筛选。`, moved: (opened, closed) => `今日 新增 ${opened} · 消除 ${closed}`,
    columns: "要素", others: "同一人的其他线索", history: "经过", rows: "相关记录", noRows: "未找到相关记录。", unreadable: "暂时无法读取。", gone: "线索已撤销",
    none: "（无机关）", other: "English", op: { open: "产生", change: "变更", withdraw: "撤销", reopen: "重新产生" },
    weekdays: ["星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"],
    cause: (c, name) => ({ batch: () => `${name(c.agency)}报送数据`, clock: () => `日期到 ${c.now}`, rules: () => `规则更新 ${c.pack} ${c.version}` })[c.kind]?.() || "",
  },
  en: {
    skip: "To the list of clues", subtitle: "supervision clues", open: "clues", filters: "Filters", byRule: "By rule", byAgency: "By agency", latest: "Latest changes",
    stale: "rules suspended, clues stand still", live: "live", connecting: "connecting…", lost: "line lost, reconnecting…", loading: "loading…", behind: "catching up…",
    violation: "violation", hint: "hint", quality: "quality", due: "due", agency: "agency", person: "person", basis: "basis", area: "area",
    search: "Search clues: case, document, agency, text", order: "Order", newest: "Newest first", soonest: "Due first",
    filtered: "Only: ", clear: "Clear", close: "Close", emptyAll: "No clue holds now.", emptyFiltered: "No clue fits the filters.",
    more: n => `${n} more are not shown; choose a filter.`, moved: (opened, closed) => `today ${opened} opened · ${closed} closed`,
    columns: "Particulars", others: "Other clues of this person", history: "History", rows: "Records behind it", noRows: "No record was found.", unreadable: "Cannot be read now.", gone: "this clue was withdrawn",
    none: "(no agency)", other: "中文", op: { open: "opened", change: "changed", withdraw: "withdrawn", reopen: "reopened" },
    weekdays: ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"],
    cause: (c, name) => ({ batch: () => `records of ${name(c.agency)}`, clock: () => `the day came to ${c.now}`, rules: () => `rules ${c.pack} ${c.version}` })[c.kind]?.() || "",
  },
};

// Rules carry Chinese titles; these are for English.
const RULES = {
  detention_notice_missing: "Notice of detention missing", detention_notice_late: "Notice of detention late",
  coercive_measure_notice_missing: "Notice of coercive measure missing", never_registered: "Never registered after sentence",
  reported_late: "Reported late", docs_not_received_by_cca: "Court papers missing", docs_late_to_cca: "Court papers late",
  docs_not_copied_to_procuratorate: "Papers not copied to the procuratorate", penalised_in_correction: "Penalised during correction",
  reoffended_in_correction: "New crime during correction", dpr_not_listed: "Deprived of rights, on no police list",
  dpr_listed_late: "Listed late by the police", dpr_docs_not_sent_to_police: "Prison papers not sent to the police",
  dpr_docs_not_sent_to_procuratorate: "Prison papers not sent to the procuratorate",
};

const COLUMNS = {
  court: "法院", case_no: "案号", defendant: "被告人序号", begins: "起算日", decision_no: "决定书文号", measure_no: "强制措施文号", recipient: "应收机关",
  decided: "决定日期", due_workdays: "按工作日计期限", came: "送达日期", days_late: "逾期天数", organ: "作出机关", doc_kind: "文书种类",
  reported: "报到日期", prison: "监狱", release_no: "释放编号", released: "释放日期", ends: "期满日期", listed: "列管日期", name: "姓名", id_no: "身份号码",
  kind: "种类", act: "违法行为", act_date: "行为日期", days: "天数", amount: "金额", decision_date: "决定日期", executed: "执行情况", annulled_date: "撤销日期",
  served_date: "送达日期", agency: "机关", corr_no: "矫正编号", category: "类别", deciding_organ: "决定机关", crime: "罪名", penalty_text: "判项",
  term_start: "矫正起日", term_end: "矫正止日", report_date: "报到日期", register_date: "登记日期", exec_county: "执行地", residence: "居住地",
  docs_received_date: "收到文书日期", status: "状态", end_date: "结束日期", end_reason: "结束原因", level: "级别", instance: "审级", made_date: "作出日期",
  appealed: "是否上诉", appeal_outcome: "上诉结果", main_penalty: "主刑", main_years: "主刑年", main_months: "主刑月", probation_years: "考验期年",
  probation_months: "考验期月", crime_start: "犯罪起日", crime_end: "犯罪止日", effective_date: "生效日期", released_date: "释放日期",
  receipt_no: "收文号", re_kind: "所涉类别", re_no: "所涉文号", sender: "发文机关", posted_date: "寄出日期", received_date: "收到日期", ack_date: "回执日期",
  channel: "送达方式", complete: "是否齐全", dpr_years: "剥权年", dpr_months: "剥权月", release_kind: "释放种类", release_date: "释放日期", county: "县区",
  station: "派出所", list_no: "列管编号", listed_date: "列管日期", dpr_start: "剥权起日", dpr_end: "剥权止日", date: "日期", ground: "事由",
  removed_date: "撤管日期", measure_date: "措施日期", taken: "措施日期", crime_date: "犯罪日期", convicted: "判决日期",
};

let lang = localStorage.getItem("lang") === "en" ? "en" : "zh";

export const language = () => lang;
export const say = name => SAID[lang][name];

export function switchLanguage() {
  lang = lang === "zh" ? "en" : "zh";
  localStorage.setItem("lang", lang);
}

const inWords = name => name.replaceAll("_", " ");

export function ruleName(rule, title) {
  if (lang === "zh" && title) return title;
  const words = inWords(rule);
  return (lang === "en" && RULES[rule]) || words.charAt(0).toUpperCase() + words.slice(1);
}

export const levelName = level => (["violation", "hint", "quality"].includes(level) ? say(level) : level);
export const columnName = (column, title) => (lang === "zh" ? title || COLUMNS[column] || column : inWords(column));
