import { randomUUID } from "node:crypto";
import type { Clock, RemoteCall, Workers } from "@stepfast/engine";
import type { CallAnswer } from "@stepfast/protocol";
import { connectKinds, type SdkResponse } from "@stepfast/protocol/connect";
import { callFailure } from "../remote/answer.ts";
import { CallQueue } from "./call-queue.ts";
import { Dispatch } from "./dispatch.ts";
import type { GatewayLimits } from "./limits.ts";
import { lostAnswer, oversizedAnswer, workerAnswer } from "./worker-answer.ts";
import type { WorkerLink } from "./worker-link.ts";

export interface WorkerPoolOptions {
  clock: Clock;
  limits: GatewayLimits;
}

/** The workers of this node, and the calls that are with them or wait for one of them to have room. */
export class WorkerPool implements Workers {
  readonly #clock: Clock;
  readonly #limits: GatewayLimits;
  readonly #links = new Set<WorkerLink>();
  /** Those that take work, by app. */
  readonly #ready = new Map<string, Set<WorkerLink>>();
  readonly #apps = new Set<string>();
  /** Calls that are with a worker, by request. */
  readonly #delivered = new Map<string, Dispatch>();
  /** Whom each of them was handed to. */
  readonly #workers = new WeakMap<Dispatch, WorkerLink>();
  readonly #queue = new CallQueue();
  #isDraining = false;
  /** An app has its first worker here, or another one, or none any more. */
  onChange: (came: string[]) => void = () => {};

  constructor({ clock, limits }: WorkerPoolOptions) {
    this.#clock = clock;
    this.#limits = limits;
  }

  get apps(): ReadonlySet<string> {
    return this.#apps;
  }

  get links(): ReadonlySet<WorkerLink> {
    return this.#links;
  }

  /** Calls that are with a worker. */
  get running(): number {
    return this.#delivered.size;
  }

  /** Calls that wait for room. */
  get waiting(): number {
    return this.#queue.size;
  }

  /** As `Remote.call`. */
  call(call: RemoteCall): Promise<CallAnswer | null> {
    return new Promise((settle) => {
      const expiresAt = this.#clock.now() + this.#limits.callMs;
      this.#route(new Dispatch(call, { leaseId: randomUUID(), expiresAt, settle }));
    });
  }

  #route(dispatch: Dispatch): void {
    const { appId, functionId } = dispatch.call;
    const ready = this.#ready.get(appId);
    if (!ready || this.#isDraining) return dispatch.settle(null);
    const freest = freestOf([...ready].filter((link) => link.has(functionId, appId)));
    if (freest === undefined) return dispatch.settle(withoutFunction(dispatch.call));
    if (freest.load < 1) this.#deliver(dispatch, freest);
    else this.#queue.add(dispatch);
  }

  #deliver(dispatch: Dispatch, link: WorkerLink): void {
    const now = this.#clock.now();
    this.#workers.set(dispatch, link);
    dispatch.deliveries++;
    dispatch.deliveredAt = now;
    dispatch.leaseUntil = now + this.#limits.leaseMs;
    dispatch.isAcknowledged = false;
    this.#delivered.set(dispatch.requestId, dispatch);
    link.requests.set(dispatch.requestId, dispatch);
    link.send(connectKinds.gatewayExecutorRequest, dispatch.payload);
  }

  /** Gives a worker that has room what waits for it, the oldest first. */
  #feed(link: WorkerLink): void {
    while (link.state === "ready" && link.load < 1) {
      const dispatch = this.#queue.takeFor(link);
      if (!dispatch) return;
      this.#deliver(dispatch, link);
    }
  }

  join(link: WorkerLink): void {
    this.#links.add(link);
  }

  /** The worker takes work from now on. */
  ready(link: WorkerLink): void {
    if (link.state === "ready" || this.#isDraining || !this.#links.has(link)) return;
    link.state = "ready";
    const apps = [...link.facts.apps.keys()];
    for (const appId of apps) {
      const ready = this.#ready.get(appId);
      if (ready) ready.add(link);
      else this.#ready.set(appId, new Set([link]));
      this.#apps.add(appId);
    }
    this.#feed(link);
    this.onChange(apps);
  }

  /** The worker takes no more work; what it took it finishes. */
  pause(link: WorkerLink): void {
    this.#retire(link);
    // What it has not acknowledged by now it left lying.
    for (const dispatch of [...link.requests.values()]) {
      if (!dispatch.isAcknowledged) this.#redeliver(dispatch, "took no more work");
    }
  }

  /** The connection is gone, and whatever the worker was doing with it. */
  leave(link: WorkerLink): void {
    this.#links.delete(link);
    this.#retire(link);
    const begun = [...link.requests.values()].filter((dispatch) => dispatch.isAcknowledged);
    // Of several nobody knows whose answer it was: each is repeated, and what is too large again ends alone.
    const isItsAnswer = link.isOversized && begun.length === 1;
    for (const dispatch of [...link.requests.values()]) {
      if (!dispatch.isAcknowledged) this.#redeliver(dispatch, "was lost");
      else this.#end(dispatch, isItsAnswer ? oversizedAnswer() : lostAnswer(link, howLost(link)));
    }
  }

  #retire(link: WorkerLink): void {
    if (link.state !== "ready") return;
    link.state = "draining";
    for (const appId of link.facts.apps.keys()) {
      const ready = this.#ready.get(appId);
      ready?.delete(link);
      if (ready?.size === 0) this.#close(appId);
    }
    for (const dispatch of this.#queue.takeAllFor(link)) this.#route(dispatch);
    this.onChange([]);
  }

  #close(appId: string): void {
    this.#ready.delete(appId);
    this.#apps.delete(appId);
  }

  /** Nobody has begun it: it goes to another worker, but not for ever. */
  #redeliver(dispatch: Dispatch, how: string): void {
    const worker = this.#forget(dispatch);
    if (dispatch.deliveries < this.#limits.deliveries) this.#route(dispatch);
    else dispatch.settle(lostAnswer(worker, how));
  }

  /**
   * A worker is silent about a request: another one may have it. Without another one it stays there, not sent again: a worker that is only
   * late would do it twice.
   */
  #passOn(dispatch: Dispatch, now: number): void {
    const { call } = dispatch;
    const worker = this.#workerOf(dispatch);
    const others = [...(this.#ready.get(call.appId) ?? [])].filter((link) => link !== worker);
    const freest = freestOf(others.filter((link) => link.has(call.functionId, call.appId)));
    if (dispatch.deliveries >= this.#limits.deliveries) {
      this.#end(dispatch, lostAnswer(worker, "did not take the request"));
    } else if (freest !== undefined && freest.load < 1) {
      this.#forget(dispatch);
      this.#deliver(dispatch, freest);
    } else {
      dispatch.deliveries++;
      dispatch.deliveredAt = now;
    }
  }

  #workerOf(dispatch: Dispatch): WorkerLink | null {
    return this.#workers.get(dispatch) ?? null;
  }

  /** It is with nobody any more. Returns whom it was with. */
  #forget(dispatch: Dispatch): WorkerLink | null {
    const worker = this.#workerOf(dispatch);
    this.#delivered.delete(dispatch.requestId);
    worker?.requests.delete(dispatch.requestId);
    this.#workers.delete(dispatch);
    return worker;
  }

  #end(dispatch: Dispatch, answer: CallAnswer): void {
    const worker = this.#forget(dispatch);
    dispatch.settle(answer);
    if (!worker) return;
    if (this.#isDraining) this.#sendAwayIfIdle(worker);
    else this.#feed(worker);
  }

  acknowledged(requestId: string, link: WorkerLink): void {
    const dispatch = link.requests.get(requestId);
    if (dispatch) dispatch.isAcknowledged = true;
  }

  /** The request's lease, longer by now; undefined: it is not (any more) one of this node's. */
  extended(requestId: string): string | undefined {
    const dispatch = this.#delivered.get(requestId);
    if (!dispatch) return undefined;
    dispatch.isAcknowledged = true;
    dispatch.leaseUntil = this.#clock.now() + this.#limits.leaseMs;
    return dispatch.leaseId;
  }

  /** Takes a reply in, whatever way it came. False: nobody waits for it here. */
  replied(response: SdkResponse): boolean {
    const dispatch = this.#delivered.get(response.requestId);
    if (!dispatch) return false;
    this.#end(dispatch, workerAnswer(response));
    return true;
  }

  /**
   * More time has passed than can be: the machine slept, or its clock was put forward or (`ms` below zero) back. Nobody was silent for
   * that long, and nobody was heard in the future.
   */
  leap(ms: number): void {
    const now = this.#clock.now();
    const byMs = Math.max(0, ms);
    for (const link of this.#links) link.heardAt = Math.min(now, link.heardAt + byMs);
    const { callMs, leaseMs } = this.#limits;
    for (const dispatch of [...this.#delivered.values(), ...this.#queue.all()]) {
      dispatch.expiresAt = Math.min(now + callMs, dispatch.expiresAt + byMs);
      dispatch.leaseUntil = Math.min(now + leaseMs, dispatch.leaseUntil + byMs);
      dispatch.deliveredAt = Math.min(now, dispatch.deliveredAt + byMs);
    }
  }

  /** Ends what has been silent for too long. */
  sweep(): void {
    const now = this.#clock.now();
    // Before those that end make room for them.
    for (const dispatch of this.#queue.takeExpired(now)) dispatch.settle(tooLate(dispatch.call));
    for (const link of this.#links) {
      if (now - link.heardAt > this.#limits.silenceMs) link.cut();
      else this.#feed(link);
    }
    for (const dispatch of [...this.#delivered.values()]) this.#check(dispatch, now);
  }

  #check(dispatch: Dispatch, now: number): void {
    if (dispatch.expiresAt <= now) this.#end(dispatch, tooLate(dispatch.call));
    else if (!dispatch.isAcknowledged && now - dispatch.deliveredAt > this.#limits.ackMs) {
      this.#passOn(dispatch, now);
    } else if (dispatch.leaseUntil <= now) {
      this.#end(dispatch, lostAnswer(this.#workerOf(dispatch), "stopped to extend its lease"));
    }
  }

  /** Calls nobody any more; workers are sent away as soon as they have finished what they do. */
  drain(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    for (const appId of [...this.#apps]) this.#close(appId);
    for (const dispatch of this.#queue.takeAll()) dispatch.settle(null);
    for (const link of this.#links) this.#sendAwayIfIdle(link);
    this.onChange([]);
  }

  #sendAwayIfIdle(link: WorkerLink): void {
    if (link.requests.size === 0) link.sendAway();
  }
}

/** The one with the most room. */
function freestOf(links: WorkerLink[]): WorkerLink | undefined {
  const [first, ...others] = links;
  return first && others.reduce((best, link) => (link.load < best.load ? link : best), first);
}

function howLost({ isOversized }: WorkerLink): string {
  return isOversized ? "was lost with an answer that is too large" : "was lost";
}

function withoutFunction({ functionId, appId }: RemoteCall): CallAnswer {
  const message = `No worker of ${appId} that is connected has ${functionId}: is an older version of the app still running?`;
  return callFailure("function_not_found", message);
}

function tooLate({ functionId }: RemoteCall): CallAnswer {
  return callFailure("sdk_unreachable", `Calling ${functionId} failed: no answer in time`);
}
