import { limits, StepfastError } from "@stepfast/protocol";

/** How much a step and a run may hold. Long before it is too much, it is noted and logged that it is a lot. */
export interface SizeLimits {
  /** Characters of a result's JSON. Over it the step fails: `output_too_large`. Default 256 Mi. */
  stepOutputBytes: number;
  /** Of all results of a run. Over it the run fails: `state_too_large`. Default 400 Mi. */
  runStateBytes: number;
  /** Over it the run fails: `step_limit`. Default 25,000. */
  stepsPerRun: number;
  /** Default 4 Mi. */
  stepOutputWarnBytes: number;
  /** Default 32 Mi. */
  runStateWarnBytes: number;
  /** Default 10,000. */
  stepsPerRunWarn: number;
}

const { stepOutputBytes, runStateBytes, stepsPerRun } = limits;
const { stepOutputWarnBytes, runStateWarnBytes, stepsPerRunWarn } = limits;

export const defaultSizes: SizeLimits = {
  stepOutputBytes,
  runStateBytes,
  stepsPerRun,
  stepOutputWarnBytes,
  runStateWarnBytes,
  stepsPerRunWarn,
};

/** No text in the process can be longer. */
const LONGEST = 480 * 1024 * 1024;
const MOST_STEPS = 1_000_000;
/** What an answer may hold beside a result. */
const ANSWER_MARGIN = 16 * 1024 * 1024;

/** The defaults, but for what is given. Throws `invalid_config`. */
export function sizeLimits(given: Partial<SizeLimits> = {}): SizeLimits {
  const sizes = { ...defaultSizes };
  for (const [name, value] of Object.entries(given) as [keyof SizeLimits, number | undefined][]) {
    if (value === undefined) continue;
    const most = name.startsWith("stepsPerRun") ? MOST_STEPS : LONGEST;
    if (!(name in defaultSizes) || !Number.isSafeInteger(value) || value < 1 || value > most) {
      const names = Object.keys(defaultSizes).join(", ");
      throw new StepfastError(
        "invalid_config",
        `${name}=${value} is no limit: name one of ${names}, each a whole number from 1 to ${most}`,
      );
    }
    sizes[name] = value;
  }
  return sizes;
}

/** How large an answer of an app may be. */
export function answerBytes({ stepOutputBytes }: Pick<SizeLimits, "stepOutputBytes">): number {
  return stepOutputBytes + ANSWER_MARGIN;
}
