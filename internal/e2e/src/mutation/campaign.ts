import type { Exchange, Reply } from "@stepfast/server";
import { Dice } from "../campaign/dice.ts";
import { Mutator } from "./mutator.ts";
import { record } from "./recorder.ts";
import type { RecordedRequest, Recording } from "./recording.ts";
import { World } from "./world.ts";

export interface CampaignOptions {
  seed: number;
  /** Requests and answers to replay. */
  replays: number;
  onRound?: (replays: number) => void;
}

export interface CampaignReport {
  replays: number;
  /** Answers of the server by status. */
  statuses: Record<number, number>;
  runs: number;
  problems: string[];
}

const SERVER = "http://127.0.0.1:8288";
const REQUESTS_PER_ROUND = 1_500;
const BETWEEN_PAUSES = 40;
const WILD_CALLS = 6;
const MUTATED = 0.85;
const MOST_PROBLEMS = 20;
const RECENT = 40;
const SHOWN = 600;
const SDK_HEADERS = { "x-inngest-sdk": "inngest-js:v4.24.0", "content-type": "application/json" };

/** Replays what an SDK said, with mutations. The same seed replays the same. */
export class MutationCampaign {
  readonly #options: CampaignOptions;
  readonly #report: CampaignReport = { replays: 0, statuses: {}, runs: 0, problems: [] };

  constructor(options: CampaignOptions) {
    this.#options = options;
  }

  async run(): Promise<CampaignReport> {
    const { seed, replays, onRound } = this.#options;
    const recording = await record(seed);
    for (let round = 0; this.#report.replays < replays; round++) {
      const dice = new Dice(seed + round);
      await new Round(dice, recording, this.#report, round).play();
      onRound?.(this.#report.replays);
      if (this.#report.problems.length >= MOST_PROBLEMS) break;
    }
    return this.#report;
  }
}

/** A fresh server, some hundred requests and the runs they cause, and a look at what became of all of it. */
class Round {
  readonly #dice: Dice;
  readonly #recording: Recording;
  readonly #report: CampaignReport;
  readonly #mutator: Mutator;
  readonly #world: World;
  readonly #pending = new Set<string>();
  readonly #calls = new Map<string, number>();
  readonly #runIds: string[] = [];
  readonly #accepted: string[] = [];
  /** Whether other registrations come, which may change what starts at an event. */
  readonly #isRegistering: boolean;
  readonly #round: number;
  #isOver = false;

  constructor(dice: Dice, recording: Recording, report: CampaignReport, round: number) {
    this.#round = round;
    this.#dice = dice;
    this.#recording = recording;
    this.#report = report;
    this.#mutator = new Mutator(dice);
    this.#isRegistering = dice.chance(0.4);
    this.#world = new World(dice, (exchange) => this.#answer(exchange));
  }

  async play(): Promise<void> {
    const world = this.#world;
    await world.start();
    await this.#send(this.#recording.registration);
    try {
      for (let count = 1; count <= REQUESTS_PER_ROUND; count++) {
        void this.#send(this.#next());
        if (count % BETWEEN_PAUSES === 0) await world.settle();
      }
      await world.settle();
      await this.#send(this.#recording.registration);
      await world.rest(() => this.#pending.size === 0);
      await this.#check();
    } catch (error) {
      this.#problem(`${String(error)}; unanswered: ${[...this.#pending].slice(0, 3).join("; ") || "none"}`);
    } finally {
      this.#isOver = true;
      world.stop();
    }
  }

  #problem(text: string): void {
    if (this.#isOver) return;
    this.#report.problems.push(`round ${this.#round}: ${text}`);
  }

  #next(): RecordedRequest {
    const { requests } = this.#recording;
    for (;;) {
      const request = this.#alive(this.#dice.pick(requests));
      const isRegistration = request.path.startsWith("/fn/");
      if (isRegistration && (!this.#isRegistering || this.#dice.chance(0.7))) continue;
      const mutated = this.#dice.chance(MUTATED) ? this.#mutator.request(request) : request;
      if (this.#isRegistering || !/^\/fn/.test(mutated.path)) return mutated;
    }
  }

  /** The request as if it were about runs of this world. */
  #alive(request: RecordedRequest): RecordedRequest {
    if (this.#runIds.length === 0) return request;
    const renamed = (text: string) =>
      text.replace(/01[0-9A-HJKMNP-TV-Z]{24}/g, (id) => {
        if (this.#recording.runIds.includes(id)) return this.#dice.pick(this.#runIds);
        const isEvent = this.#recording.eventIds.includes(id) && this.#accepted.length > 0;
        return isEvent ? this.#dice.pick(this.#accepted) : id;
      });
    const body = request.body === null ? null : renamed(request.body);
    return { ...request, path: renamed(request.path), body };
  }

  async #send(recorded: RecordedRequest): Promise<void> {
    const request = asRequest(recorded);
    if (!request) return;
    this.#report.replays++;
    const name = `${recorded.method} ${recorded.path} ${recorded.body ?? ""}`.slice(0, SHOWN);
    this.#pending.add(name);
    try {
      await this.#judge(name, await this.#world.fetch(request), recorded.path);
    } catch (error) {
      this.#problem(`${name}: rejected with ${String(error)}`);
    } finally {
      this.#pending.delete(name);
    }
  }

  async #judge(name: string, response: Response, path: string): Promise<void> {
    const { statuses } = this.#report;
    statuses[response.status] = (statuses[response.status] ?? 0) + 1;
    if (response.status >= 500) this.#problem(`${name}: ${response.status} ${await response.text()}`);
    if (response.status !== 200 || !path.startsWith("/e/")) return;
    const { ids = [] } = (await response.json().catch(() => ({}))) as { ids?: string[] };
    this.#accepted.push(...ids);
  }

  /** An app that says what it once said, or something like it; after some calls of a run, that it is done. */
  async #answer({ url, headers, body }: Exchange): Promise<Reply> {
    const runId = headers["x-run-id"] ?? "";
    const calls = (this.#calls.get(runId) ?? 0) + 1;
    this.#calls.set(runId, calls);
    if (calls === 1) this.#meet(runId);
    const { fnId = "", stepId = "" } = Object.fromEntries(url.searchParams);
    if (calls > WILD_CALLS) return tame(stepId);
    if (stepId === "step" && this.#dice.chance(0.4)) await this.#checkpoint(runId, headers, body);
    const { answers } = this.#recording;
    const fitting = answers.filter((answer) => answer.functionId === fnId && answer.stepId === stepId);
    const answer = this.#dice.pick(fitting.length > 0 && this.#dice.chance(0.8) ? fitting : answers);
    this.#report.replays++;
    return this.#dice.chance(MUTATED) ? this.#mutator.answer(answer) : answer;
  }

  #meet(runId: string): void {
    this.#runIds.push(runId);
    if (this.#runIds.length > RECENT) this.#runIds.shift();
  }

  /** Reports steps for the call that is under way, as it may, or almost. */
  async #checkpoint(runId: string, headers: Record<string, string>, body: string): Promise<void> {
    const recorded = this.#recording.requests.filter((request) => request.path.endsWith("/async"));
    const request = this.#dice.pick(recorded);
    const { ctx } = JSON.parse(body) as { ctx: { fn_id?: string; qi_id?: string } };
    const live = {
      ...(JSON.parse(request.body ?? "{}") as object),
      run_id: runId,
      fn_id: ctx.fn_id,
      qi_id: ctx.qi_id,
      request_id: headers["x-request-id"],
      generation_id: Number(headers["x-inngest-generation-id"]),
    };
    const fitting = { ...request, path: `/v1/checkpoint/${runId}/async`, body: JSON.stringify(live) };
    const mutated = { ...fitting, body: this.#mutator.body(fitting.body) };
    await this.#send(this.#dice.chance(0.6) ? mutated : fitting);
  }

  async #check(): Promise<void> {
    for (const error of this.#world.errors) this.#problem(`logged: ${error.slice(0, SHOWN)}`);
    const { store } = this.#world;
    const events = await store.getEvents(this.#accepted);
    const known = new Map(events.map((event) => [event.id, event]));
    this.#report.runs += this.#calls.size;
    for (const id of new Set(this.#accepted)) {
      const event = known.get(id);
      if (!event) this.#problem(`the event ${id} was accepted, and is not there`);
      else if (!this.#isRegistering && this.#starts(event.name)) await this.#checkRun(id, event.name);
    }
  }

  #starts(name: string): boolean {
    return /^app\/(sequence|parallel|waiting|failing|guarded|asking|noting|double)$/.test(name);
  }

  async #checkRun(eventId: string, name: string): Promise<void> {
    const runs = await this.#world.store.listRuns({ eventId });
    if (!runs.some((run) => run.functionId === name.replace("/", "-")))
      this.#problem(`the event ${eventId} (${name}) has no run`);
  }
}

/** The end of a run: the step that is asked for, or the function, is done. */
function tame(stepId: string): Reply {
  if (stepId === "step") return { status: 200, headers: SDK_HEADERS, body: "null" };
  return {
    status: 206,
    headers: SDK_HEADERS,
    body: JSON.stringify([{ id: stepId, op: "StepRun", data: 1 }]),
  };
}

/** Undefined where HTTP itself knows no such request. */
function asRequest({ method, path, headers, body }: RecordedRequest): Request | undefined {
  try {
    const isBodiless = method === "GET" || method === "HEAD";
    return new Request(`${SERVER}${path}`, { method, headers, body: isBodiless ? null : body });
  } catch {
    return undefined;
  }
}
