import type { z } from "zod";
import type { metadataEntry } from "../schemas/trace.ts";

export type RunMetadata = z.input<typeof metadataEntry>;
