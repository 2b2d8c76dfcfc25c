/** Events are kept as those of core/v1, which have other names for some fields (upstream pkg/apis/events/v1/conversion.go). */
import type { Event as CoreEvent, EventSeries as CoreEventSeries } from "../../generated/core-v1.ts";
import type { Event, EventSeries } from "../../generated/events-v1.ts";

export function toCore(event: Event): CoreEvent {
  const {
    note,
    regarding,
    deprecatedSource,
    deprecatedFirstTimestamp,
    deprecatedLastTimestamp,
    deprecatedCount,
    reportingController = "",
    reportingInstance = "",
    series,
    ...same
  } = event;
  return {
    ...same,
    apiVersion: "v1",
    kind: "Event",
    involvedObject: regarding ?? {},
    ...(note !== undefined && { message: note }),
    ...(deprecatedSource && { source: deprecatedSource }),
    ...(deprecatedFirstTimestamp !== undefined && { firstTimestamp: deprecatedFirstTimestamp }),
    ...(deprecatedLastTimestamp !== undefined && { lastTimestamp: deprecatedLastTimestamp }),
    ...(deprecatedCount !== undefined && { count: deprecatedCount }),
    ...(series && { series: toCoreSeries(series) }),
    reportingComponent: reportingController,
    reportingInstance,
  };
}

function toCoreSeries({ count, lastObservedTime }: EventSeries): CoreEventSeries {
  return { ...(count !== 0 && { count }), lastObservedTime };
}

export function fromCore(event: CoreEvent): Event {
  const {
    message,
    involvedObject,
    source,
    firstTimestamp,
    lastTimestamp,
    count,
    reportingComponent,
    reportingInstance,
    series,
    eventTime = null,
    ...same
  } = event;
  return {
    ...same,
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    eventTime,
    regarding: involvedObject,
    ...(message !== undefined && { note: message }),
    ...(source && { deprecatedSource: source }),
    ...(firstTimestamp !== undefined && { deprecatedFirstTimestamp: firstTimestamp }),
    ...(lastTimestamp !== undefined && { deprecatedLastTimestamp: lastTimestamp }),
    ...(count !== undefined && { deprecatedCount: count }),
    ...(series && {
      series: { count: series.count ?? 0, lastObservedTime: series.lastObservedTime ?? null },
    }),
    ...(reportingComponent !== "" && { reportingController: reportingComponent }),
    ...(reportingInstance !== "" && { reportingInstance }),
  };
}
