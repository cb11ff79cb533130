/** What the page says, in Chinese and English. */
const WORDS = {
  skip: { zh: "跳到设备列表", en: "Skip to the devices" },
  live: { zh: "实时", en: "Live" },
  starting: { zh: "启动中", en: "Starting" },
  lost: { zh: "连接中断", en: "No connection" },
  lostLong: {
    zh: "与 groundwatt 服务的连接中断，显示的是 {time} 的数值。",
    en: "No connection to groundwatt. What you see dates from {time}.",
  },
  outage: {
    zh: "数据库无法访问，显示的是 {time} 的数值。原因：{reason}",
    en: "The store cannot be read. What you see dates from {time}. Reason: {reason}",
  },
  language: { zh: "English", en: "中文" },
  languageLabel: { zh: "Switch to English", en: "切换到中文" },
  themeAuto: { zh: "自动", en: "Auto" },
  themeLight: { zh: "浅色", en: "Light" },
  themeDark: { zh: "深色", en: "Dark" },
  theme: { zh: "明暗", en: "Theme" },
  answering: { zh: "应答设备", en: "Devices answering" },
  allAnswer: { zh: "全部应答", en: "none silent" },
  silentCount: { zh: "{n} 无应答", en: "{n} silent" },
  doubtfulCount: { zh: "{n} 存疑", en: "{n} doubtful" },
  staleCount: { zh: "{n} 无数据", en: "{n} no data" },
  pointsRate: { zh: "采集速率", en: "Collecting" },
  pointsUnit: { zh: "点/秒", en: "points/s" },
  pointsNote: { zh: "共 {n} 个测点", en: "{n} points in all" },
  membersAll: { zh: "{n} 台设备", en: "{n} devices" },
  membersSome: { zh: "{n} 台中仅 {k} 台有值", en: "only {k} of {n} devices" },
  siteWide: { zh: "园区及其他", en: "Site and others" },
  lastSeen: { zh: "更新", en: "Seen" },
  good: { zh: "正常", en: "Good" },
  doubtful: { zh: "存疑", en: "Doubtful" },
  silent: { zh: "无应答", en: "Silent" },
  stale: { zh: "无数据", en: "No data" },
  trend: { zh: "趋势", en: "Trend" },
  range: { zh: "时间范围", en: "Time range" },
  "1h": { zh: "1 小时", en: "1 h" },
  "24h": { zh: "24 小时", en: "24 h" },
  "7d": { zh: "7 天", en: "7 d" },
  "1y": { zh: "1 年", en: "1 year" },
  compare: { zh: "叠加对比", en: "Compare" },
  compareHint: {
    zh: "打开后，所点测点会叠加到图中",
    en: "While on, points that you pick are added to the chart",
  },
  remove: { zh: "从图中移除 {what}", en: "Remove {what} from the chart" },
  loading: { zh: "读取中…", en: "Loading…" },
  empty: { zh: "该时段没有数据", en: "No data in this range" },
  unreadable: { zh: "读取失败：{reason}", en: "Cannot be read: {reason}" },
  gap: { zh: "缺数", en: "no data" },
  band: { zh: "色带：最小至最大，线：均值", en: "Band: least to greatest, line: mean" },
  chartLabel: {
    zh: "{what}，{range}。左右方向键读数。",
    en: "{what}, {range}. Arrow keys read values.",
  },
  showTrend: { zh: "显示趋势", en: "show trend" },
  lag: { zh: "时隙后应答", en: "Answered after" },
  interval: { zh: "采集周期", en: "Interval" },
  never: { zh: "尚无数据", en: "nothing yet" },
};

/** A sentence, with its {places} filled in. */
export function word(key, lang, places = {}) {
  const text = WORDS[key]?.[lang] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => String(places[name] ?? ""));
}

const SHORT = {
  power_kw: ["电功率", "Power"],
  energy_kwh: ["电量", "Energy"],
  heat_kw: ["热功率", "Heat"],
  flow_m3h: ["流量", "Flow"],
  volume_m3: ["累计", "Volume"],
  supply_temp_c: ["供水", "Supply"],
  return_temp_c: ["回水", "Return"],
  source_entering_temp_c: ["源侧进水", "Source in"],
  source_leaving_temp_c: ["源侧出水", "Source out"],
  load_entering_temp_c: ["负荷进水", "Load in"],
  load_leaving_temp_c: ["负荷出水", "Load out"],
  state: ["状态", "State"],
  speed_percent: ["转速", "Speed"],
  head_kpa: ["扬程", "Head"],
  power_factor: ["功率因数", "PF"],
  outdoor_temp_c: ["温度", "Temp."],
  outdoor_humidity_percent: ["湿度", "RH"],
  irradiance_wm2: ["辐照度", "Solar"],
  devices_silent: ["无应答", "Silent"],
  outbox_depth: ["待发", "Waiting"],
  latency_ms: ["时延", "Latency"],
  source_heat_kw: ["源侧取热", "From ground"],
  cop_level1: ["COP H/C1", "COP H/C1"],
  cop_level2: ["COP H/C2", "COP H/C2"],
  cop_level3: ["COP H/C3", "COP H/C3"],
  cop_level4: ["COP H/C4", "COP H/C4"],
  cop_uncertainty: ["± U", "± U"],
  lift_k: ["温升", "Lift"],
};

/** A short name of a field for a column's head; undefined when there is none. */
export function shortLabel(field, lang) {
  return SHORT[field]?.[lang === "zh" ? 0 : 1];
}

const SYSTEMS = {
  site: ["园区总表", "Site"],
  plant: ["热泵站", "Plant"],
  "heat-pumps": ["热泵机组", "Heat pumps"],
  incomer: ["进线", "Incomers"],
  "source-loop": ["源侧", "Source loop"],
  "load-loop": ["负荷侧", "Load loop"],
  auxiliary: ["站房辅助", "Auxiliaries"],
  annex: ["附属建筑", "Annex"],
  "lighting-sockets": ["照明插座", "Lighting, sockets"],
  lighting: ["照明", "Lighting"],
  hvac: ["空调", "HVAC"],
  power: ["动力", "Power"],
  special: ["特殊用电", "Special"],
  water: ["给水", "Water"],
  gas: ["燃气", "Gas"],
  weather: ["气象", "Weather"],
  monitoring: ["监测系统", "Monitoring"],
};

/** A system's name; one that is not known is shown as it stands in the site file. */
export function systemTitle(system, lang) {
  const known = SYSTEMS[system]?.[lang === "zh" ? 0 : 1];
  if (known) return known;
  const text = system.replaceAll("-", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const REASONS = {
  "no-answer": ["无应答", "no answer"],
  timeout: ["超时", "time-out"],
  refused: ["设备拒绝", "refused by the device"],
  "bad-frame": ["应答错误", "wrong answer"],
  "out-of-range": ["超出合理范围", "out of its plausible range"],
  "not-a-value": ["设备报告无值", "the device says it has none"],
  "not-finite": ["非有限数", "not finite"],
  "unknown-state": ["未知状态码", "unknown state"],
  "no-ratio": ["变比未知", "ratio not known"],
  "no-unit": ["单位未知", "unit not known"],
  identity: ["设备型号不符", "not the expected model"],
  missed: ["未及时计算或采集", "its turn was missed"],
  "not-running": ["未运行", "nothing runs"],
  "not-claimable": ["超出计量能力", "not claimable"],
  "not-measured": ["无此计量", "not measured on this site"],
  "no-value": ["缺少仪表数值", "a meter is silent"],
  "below-range": ["温差过小，仅供参考", "ΔT below range"],
  input: ["依据的数值存疑", "made of doubtful values"],
};

/** A flag in words: what is wrong with a value. */
export function reasonTitle(flag, lang) {
  const [, reason, ...rest] = flag.split(":");
  const known = REASONS[reason]?.[lang === "zh" ? 0 : 1] ?? reason ?? flag;
  return rest.length ? `${known} (${rest.join(":")})` : known;
}
