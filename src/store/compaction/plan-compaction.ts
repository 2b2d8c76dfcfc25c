/** The newest revision at a time, in milliseconds since the epoch. */
export interface RevisionMark {
  readonly at: number;
  readonly revision: number;
}

export interface CompactionPolicy {
  /** History younger than this is kept. kube-apiserver has etcd keep five minutes. */
  readonly retainMs: number;
  /** At most this many revisions are kept, however young. */
  readonly retainRevisions: number;
  /** Fewer revisions than this are not worth the writes to the disk that removing them takes. */
  readonly minRevisions: number;
}

export interface CompactionView {
  readonly now: number;
  readonly revision: number;
  readonly compactedRevision: number;
  /** In order of time. */
  readonly marks: readonly RevisionMark[];
}

export const DEFAULT_COMPACTION: CompactionPolicy = {
  retainMs: 5 * 60_000,
  retainRevisions: 50_000,
  minRevisions: 1000,
};

/** The revision to compact to; undefined when that is not worth it yet. */
export function planCompaction(view: CompactionView, policy: CompactionPolicy): number | undefined {
  const { now, revision, compactedRevision, marks } = view;
  const old = marks.findLast(({ at }) => at <= now - policy.retainMs);
  const target = Math.max(old?.revision ?? 0, revision - policy.retainRevisions);
  return target - compactedRevision >= policy.minRevisions ? target : undefined;
}
