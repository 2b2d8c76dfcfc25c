import { systemClock } from "#base/clock.ts";
import { FakeContainerRuntime } from "#container/fake/fake-runtime.ts";
import { describeContainerRuntime } from "./container-runtime.ts";
import { FAKE_PROGRAMS, IMAGE } from "./container-runtime-programs.ts";

describeContainerRuntime("fake", () => {
  const runtime = new FakeContainerRuntime({ clock: systemClock, programs: FAKE_PROGRAMS });
  runtime.images.add(IMAGE, { id: "sha256:1234" });
  return Promise.resolve({ runtime, [Symbol.asyncDispose]: () => runtime[Symbol.asyncDispose]() });
});
