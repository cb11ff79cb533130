/** The newest values of all devices, kept fresh by server-sent events.
 *
 *  When the server has no stream to spare, /latest is asked every few seconds instead.
 */
const QUIET_MS = 15_000;
const POLL_MS = 5_000;
const RETRY_MS = 20_000;

export class Live extends EventTarget {
  constructor() {
    super();
    this.devices = new Map();
    this.outage = null;
    this.pointsPerSecond = 0;
    this.offset = 0;
    this.heardAt = 0;
    this.pictureAt = null;
    this.polling = null;
    /** Settled with the first word from the server, which also tells its time of day. */
    this.ready = new Promise((resolve) => { this.heard = resolve; });
  }

  start() {
    this.#listen();
    setInterval(() => this.dispatchEvent(new Event("tick")), 1000);
  }

  /** The server's time of day. [ms] */
  now() {
    return Date.now() + this.offset;
  }

  get connected() {
    return performance.now() - this.heardAt < QUIET_MS && this.heardAt > 0;
  }

  /** Condition of a device: good, doubtful, silent or stale. */
  condition(device) {
    return this.devices.get(device)?.condition ?? "stale";
  }

  /** The newest reading of a point: {at, value, flag}, or null when there is none yet. */
  reading(device, field) {
    const found = this.devices.get(device)?.values[field];
    return found ? { at: found[0], value: found[1], flag: found[2] } : null;
  }

  #listen() {
    const source = new EventSource("/api/v1/events");
    source.onmessage = (message) => {
      this.#stopPolling();
      this.#take(JSON.parse(message.data));
    };
    source.onerror = () => {
      if (source.readyState !== EventSource.CLOSED) return;
      source.close();
      this.#startPolling();
      setTimeout(() => this.#listen(), RETRY_MS);
    };
  }

  #take(picture) {
    this.heardAt = performance.now();
    this.offset = picture.now - Date.now();
    this.heard();
    this.outage = picture.outage;
    if (!picture.outage) this.pictureAt = picture.now;
    this.pointsPerSecond = picture.points_per_s;
    for (const [id, body] of Object.entries(picture.devices)) this.devices.set(id, body);
    const changed = Object.keys(picture.devices);
    this.dispatchEvent(new CustomEvent("picture", { detail: changed }));
  }

  #fail(reason) {
    this.heardAt = performance.now();
    this.outage = reason;
    this.heard();
    this.dispatchEvent(new CustomEvent("picture", { detail: [] }));
  }

  #startPolling() {
    this.polling ??= setInterval(() => this.#poll(), POLL_MS);
    this.#poll();
  }

  #stopPolling() {
    clearInterval(this.polling);
    this.polling = null;
  }

  async #poll() {
    try {
      const response = await fetch("/api/v1/latest");
      const body = await response.json();
      if (response.ok) this.#take(body);
      else this.#fail(body.error?.problem ?? response.statusText);
    } catch {
      // the tick shows that nothing is heard
    }
  }
}
