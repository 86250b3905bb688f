import { type InlineFunction, type RegisterRequest, StepfastError, sha1Hex } from "@stepfast/protocol";
import { validateFunctions, validateRegister } from "@stepfast/protocol/validators";
import { type AppRow, type FunctionRow, isShared, type Store } from "@stepfast/store";
import type { LimitOverrides } from "../domain/flow/limit-overrides.ts";
import type { FunctionIndex } from "../domain/function-index.ts";
import { type FunctionSpec, functionSpec, operated } from "../domain/function-spec.ts";
import { functionNotFound } from "../domain/not-found.ts";
import type { PauseState } from "../domain/pause.ts";
import { storedSpec } from "../domain/stored-spec.ts";
import type { Clock } from "../ports/clock.ts";
import type { Openings, Promised } from "./gates/openings.ts";

export interface InlineApp {
  id: string;
  appVersion?: string | undefined;
  functions: InlineFunction[];
}

/** The functions this node can match and call, and their record in the store. */
export class Registry {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #index: FunctionIndex;
  readonly #inline: Map<string, InlineFunction>;
  readonly #onRegistered: (functionIds: string[]) => Promise<void>;
  readonly #settleSchedules: () => Promise<void>;
  readonly #onOperated: () => Promise<void>;
  readonly #openings: () => Pick<Openings, "promise" | "keep">;
  readonly #hosted = new Set<string>();
  readonly #apps = new Map<string, AppRow>();
  /** Whether schedules are as the functions say. */
  #isSettled = false;
  /** Goes up with every app that is put or removed here, and with all that operators decide here. */
  #changes = 0;
  #loading: Promise<void> = Promise.resolve();
  #changing: Promise<unknown> = Promise.resolve();

  constructor(options: {
    store: Store;
    clock: Clock;
    index: FunctionIndex;
    inline: Map<string, InlineFunction>;
    onRegistered: (functionIds: string[]) => Promise<void>;
    settleSchedules: () => Promise<void>;
    /** What operators have decided of functions may have changed. */
    onOperated: () => Promise<void>;
    /** Lets those go on for whom a changed configuration makes room. */
    openings: () => Pick<Openings, "promise" | "keep">;
  }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#index = options.index;
    this.#inline = options.inline;
    this.#onRegistered = options.onRegistered;
    this.#settleSchedules = options.settleSchedules;
    this.#onOperated = options.onOperated;
    this.#openings = options.openings;
  }

  /** Apps whose code is in this process; not those that workers bring. */
  get hosted(): string[] {
    return [...this.#hosted];
  }

  hosts(appId: string): boolean {
    return this.#hosted.has(appId);
  }

  /**
   * Functions behind URLs are known again after a restart, and those that other nodes of a shared store have registered.
   * Those in this process come with it.
   */
  load(): Promise<void> {
    // One after the other: what was read first must not be taken in last.
    const loaded = this.#loading.then(() => this.#load());
    this.#loading = loaded.catch(() => {});
    return loaded;
  }

  async #load(): Promise<void> {
    const { apps, functions } = await this.#read();
    for (const app of apps) {
      if (this.#hosted.has(app.id)) continue;
      this.#apps.set(app.id, app);
      if (app.url === null && !isShared(this.#store)) continue;
      const rows = functions.filter((row) => row.appId === app.id && row.archivedAt === null);
      const specs = rows.map((row) => operated(storedSpec(row), row));
      this.#index.replaceApp(app.id, specs);
    }
    for (const appId of this.#hosted) {
      const known = this.#index.all().filter((spec) => spec.appId === appId);
      this.#index.replaceApp(appId, operatedAll(known, functions));
    }
    this.#forgetAllBut(new Set(apps.map((app) => app.id)));
    await this.#onOperated();
  }

  /** As stored, and no older than what has been put here. */
  async #read(): Promise<{ apps: AppRow[]; functions: FunctionRow[] }> {
    for (;;) {
      const changes = this.#changes;
      const apps = await this.#store.listApps();
      const functions = await this.#store.listFunctions();
      if (changes === this.#changes) return { apps, functions };
    }
  }

  /** Pauses a function; null: resumes it. Throws `function_not_found`. */
  async pause(functionId: string, state: PauseState | null): Promise<void> {
    const paused = state === null ? null : JSON.stringify(state);
    if (!(await this.#store.setFunction({ id: functionId, paused }))) {
      throw functionNotFound(functionId);
    }
    this.#changes++;
    await this.load();
  }

  /** Changes a function's limits, if they are still what `before` says. */
  async override(
    functionId: string,
    { before, after }: { before: string | null; after: LimitOverrides },
  ): Promise<boolean> {
    const overrides = JSON.stringify(after);
    const isDone = await this.#store.setFunction({ id: functionId, overrides, overridesBefore: before });
    this.#changes++;
    await this.load();
    return isDone;
  }

  /** As {@link load}; schedules follow what is known. */
  async reload(): Promise<void> {
    await this.load();
    await this.#settle();
  }

  async #settle(): Promise<void> {
    this.#isSettled = false;
    await this.#settleSchedules();
    this.#isSettled = true;
  }

  /** Apps that another node has removed. */
  #forgetAllBut(present: ReadonlySet<string>): void {
    for (const appId of this.#apps.keys()) {
      if (present.has(appId) || this.#hosted.has(appId)) continue;
      this.#apps.delete(appId);
      this.#index.replaceApp(appId, []);
    }
  }

  async registerInline(app: InlineApp): Promise<void> {
    const code = new Map<string, InlineFunction>();
    for (const fn of app.functions) {
      for (const config of fn.configs(app.id)) {
        if (code.has(config.id)) {
          throw new StepfastError(
            "duplicate_function",
            `Two functions have the id "${config.id}": ids must be unique`,
          );
        }
        code.set(config.id, fn);
      }
    }
    const configs = validateFunctions(
      app.functions.flatMap((fn) => fn.configs(app.id)),
      app.id,
    );
    const specs = configs.map((config) => functionSpec(app.id, config));
    const { row, promised } = await this.#put(
      { id: app.id, url: null, sdk: null, framework: null, appVersion: app.appVersion ?? null },
      specs,
    );
    this.#hosted.add(app.id);
    for (const [slug, fn] of code) this.#inline.set(slug, fn);
    await this.#announce(row, specs, true);
    // Also where nothing has changed: what came due before the code did waits for it.
    await this.#openings().keep(app.id, promised);
  }

  /** Throws `invalid_config`, `duplicate_function`; then nothing has changed. */
  async registerRemote(body: RegisterRequest): Promise<{ modified: boolean }> {
    const request = validateRegister(body);
    const specs = request.functions.map((config) => functionSpec(request.appName, config));
    const app = {
      id: request.appName,
      url: request.url,
      sdk: request.sdk,
      framework: request.framework ?? null,
      appVersion: request.appVersion ?? null,
    };
    const { row, modified, promised } = await this.#put(app, specs);
    await this.#announce(row, specs, modified);
    if (modified) await this.#openings().keep(app.id, promised);
    return { modified };
  }

  /** The app's functions stay as they are; its next sync takes the error away. An app that is not known has nothing to keep it. */
  async noteSyncFailure(appId: string, error: string): Promise<void> {
    const known = this.#apps.get(appId);
    if (!known || known.error === error) return;
    await this.#inTurn(async () => {
      const stored = await this.#stored(appId);
      // Removed or registered anew since: what failed is not what is there.
      if (!stored || stored.checksum !== known.checksum) return;
      const row = { ...stored, error };
      const functions = (await this.#store.listFunctions()).filter(
        (fn) => fn.appId === appId && fn.archivedAt === null,
      );
      await this.#store.putApp({ app: row, functions, now: this.#clock.now() });
      this.#apps.set(appId, row);
    });
  }

  async remove(appId: string): Promise<void> {
    await this.#inTurn(async () => {
      if (!this.#apps.has(appId) && !(await this.#stored(appId))) {
        throw new StepfastError("app_not_found", `There is no app "${appId}"`);
      }
      await this.#store.deleteApp({ appId, now: this.#clock.now() });
      this.#changes++;
      this.#apps.delete(appId);
      this.#hosted.delete(appId);
      this.#index.replaceApp(appId, []);
    });
    await this.#settle();
  }

  async #put(
    app: Pick<AppRow, "id" | "url" | "sdk" | "framework" | "appVersion">,
    specs: FunctionSpec[],
  ): Promise<{ row: AppRow; modified: boolean; promised: Promised | null }> {
    const now = this.#clock.now();
    const checksum = sha1Hex(JSON.stringify([app, specs.map((spec) => spec.config)]));
    return await this.#inTurn(async () => {
      // Another node may have changed it a moment ago.
      const known = await this.#stored(app.id);
      const row: AppRow = {
        ...app,
        error: null,
        checksum,
        createdAt: known?.createdAt ?? now,
        syncedAt: now,
      };
      const modified = known?.checksum !== checksum;
      if (modified) await this.#refuseForeign(app.id, specs);
      const promised = modified ? await this.#openings().promise(app.id) : null;
      if (modified || known.error !== null) {
        await this.#store.putApp({ app: row, functions: specs.map((spec) => functionRow(spec, now)), now });
        this.#changes++;
      }
      this.#apps.set(app.id, row);
      return { row, modified, promised };
    });
  }

  /** `shop` with `eu-pay` and `shop-eu` with `pay` have the same slug, which is all that runs know of their function. */
  async #refuseForeign(appId: string, specs: FunctionSpec[]): Promise<void> {
    const ids = new Set(specs.map((spec) => spec.id));
    const isForeign = (row: FunctionRow) => row.appId !== appId && row.archivedAt === null && ids.has(row.id);
    const taken = (await this.#store.listFunctions()).find(isForeign);
    if (!taken) return;
    const message = `The function "${taken.id}" is the app "${taken.appId}"'s already: give this one another id, or remove it there`;
    throw new StepfastError("duplicate_function", message);
  }

  async #stored(appId: string): Promise<AppRow | undefined> {
    return (await this.#store.listApps()).find(({ id }) => id === appId);
  }

  /** What is read of an app and written for it belongs together: one change at a time. */
  #inTurn<Result>(change: () => Promise<Result>): Promise<Result> {
    const changed = this.#changing.then(change);
    this.#changing = changed.catch(() => {});
    return changed;
  }

  /** Only with what operators have decided of the functions: without it one that is paused would start, if for a moment. */
  async #announce({ id: appId, checksum }: AppRow, specs: FunctionSpec[], isNews: boolean): Promise<void> {
    const { functions } = await this.#read();
    // What was registered or removed after this is announced by itself.
    const isLast = this.#hosted.has(appId) || this.#apps.get(appId)?.checksum === checksum;
    if (isLast) this.#index.replaceApp(appId, operatedAll(specs, functions));
    await this.#onOperated();
    if (isNews || !this.#isSettled) await this.#settle();
    await this.#onRegistered(specs.map((spec) => spec.id));
  }
}

/** Functions, with what operators have decided of them since. */
function operatedAll(specs: FunctionSpec[], rows: FunctionRow[]): FunctionSpec[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return specs.map((spec) => operated(spec, byId.get(spec.id)));
}

function functionRow(spec: FunctionSpec, now: number): FunctionRow {
  return {
    id: spec.id,
    appId: spec.appId,
    name: spec.name,
    config: JSON.stringify(spec.config),
    version: 1,
    createdAt: now,
    archivedAt: null,
    paused: null,
    overrides: null,
  };
}
