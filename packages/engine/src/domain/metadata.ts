import { limits, type Op } from "@stepfast/protocol";
import type { Draft } from "./draft.ts";

/** What a step brings along about itself or its run (PROTOCOL §5). Over a limit it is left out: the step counts. */
export function noteMetadata(draft: Draft, op: Op): void {
  for (const note of op.metadata ?? []) {
    const content = JSON.stringify(note.values);
    const noted = draft.out.metadata.reduce(
      (sum, row) => sum + row.content.length,
      draft.state.metadataBytes,
    );
    if (content.length > limits.metadataBytes || noted + content.length > limits.runMetadataBytes) continue;
    draft.out.metadata.push({
      runId: draft.runId,
      stepId: note.scope === "run" ? "" : op.id,
      attempt: null,
      kind: note.kind,
      op: note.op,
      content,
      createdAt: draft.now,
    });
  }
}
