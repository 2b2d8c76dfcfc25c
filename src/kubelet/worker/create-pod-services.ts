import type { EventRecorder } from "#reconcile/event-recorder.ts";
import { PodCgroups } from "../cgroups/pod-cgroups.ts";
import { ImagePuller } from "../images/image-puller.ts";
import type { KubeletDependencies } from "../kubelet.ts";
import { ObjectWatcher } from "../objects/object-watcher.ts";
import { Prober } from "../probes/prober.ts";
import { StatusWriter } from "../status/status-writer.ts";
import { PodDirectories } from "../volumes/pod-directories.ts";
import { PodVolumes } from "../volumes/pod-volumes.ts";
import { ServiceAccountTokens } from "../volumes/service-account-tokens.ts";
import { volumePlugins } from "../volumes/volume-plugins.ts";
import type { NodeEnvironment, PodServices } from "./pod-services.ts";

export interface ServiceOptions {
  readonly rootDirectory: string;
  readonly runtimeName: () => string;
  readonly node: NodeEnvironment;
  readonly events: EventRecorder;
}

/** Who hears of what happens to a pod. */
export interface ServiceListener {
  readonly podChanged: (podUid: string) => void;
  /** Something that the pod refers to has changed. */
  readonly referencesChanged: (podUid: string) => void;
}

export interface OwnedServices extends AsyncDisposable {
  readonly services: PodServices;
}

/** Makes what the workers of all pods share. */
export function createPodServices(
  { rootDirectory, runtimeName, node, events }: ServiceOptions,
  { client, runtime, podNetwork, mounter, cgroups, clock, random, logger }: KubeletDependencies,
  { podChanged, referencesChanged }: ServiceListener,
): OwnedServices {
  const shared = { clock, random, logger };
  const owned = new AsyncDisposableStack();
  const directories = new PodDirectories(rootDirectory);
  const objects = owned.use(new ObjectWatcher({ ...shared, client }, referencesChanged));
  const tokens = new ServiceAccountTokens({ ...shared, client });
  const host = {
    mounter,
    objects,
    tokens,
    allocatable: () => node.allocatable(),
    now: () => clock.now(),
  };
  const synced = (podUid: string): Promise<void> => objects.synced(podUid);
  const services: PodServices = {
    ...shared,
    runtime,
    get runtimeName() {
      return runtimeName();
    },
    podNetwork,
    node,
    directories,
    mounter,
    objects,
    events,
    volumes: owned.use(
      new PodVolumes({ ...shared, host, plugins: volumePlugins, directories, synced, events }, podChanged),
    ),
    images: new ImagePuller(node.settings, { runtime, clock }),
    prober: owned.use(new Prober({ ...shared, runtime, events }, podChanged)),
    cgroups: new PodCgroups(node.settings, { tree: cgroups, logger }),
    statuses: owned.use(new StatusWriter({ client, clock, logger })),
  };
  return { services, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
