export {
  type DeferView,
  type EventView,
  hasEnded,
  type RunStatus,
  type RunView,
  type SpanView,
  type TraceView,
} from "./api.ts";
export { type FailureRule, type FakeCall, fakeCall, type Hold } from "./fake-call.ts";
export { ManualClock, settle, turn } from "./manual-clock.ts";
export { Stage, type StageOptions } from "./stage.ts";
