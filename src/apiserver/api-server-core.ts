import { type Features, NO_FEATURES } from "#api/features.ts";
import type { Secret } from "#api/generated/core-v1.ts";
import { Codec } from "#apimachinery/codec/codec.ts";
import { AUTHENTICATED_GROUP, PRIVILEGED_GROUP, type UserInfo } from "#apimachinery/user.ts";
import type { Clock } from "#base/clock.ts";
import type { Client } from "#client/client.ts";
import { createClient } from "#client/create-client.ts";
import type { Logger } from "#observability/logger.ts";
import { Metrics } from "#observability/metrics.ts";
import { AdmissionChain } from "./admission/admission-chain.ts";
import { AdmissionMetrics } from "./admission/admission-metrics.ts";
import type { AdmissionEnvironment, AdmissionPlugin } from "./admission/admission-plugin.ts";
import { orderPlugins } from "./admission/admission-plugins.ts";
import {
  type AdmissionConfiguration,
  DEFAULT_CONFIGURATION,
} from "./admission/configuration/admission-configuration.ts";
import { createDynamicAdmission } from "./admission/dynamic-admission.ts";
import type { ImagePolicyDependencies } from "./admission/plugins/image-policy-webhook/image-policy-webhook.ts";
import type { WebhookUsers } from "./admission/webhooks/webhook-caller.ts";
import { ApiPipeline } from "./api-pipeline.ts";
import { auditedPipeline } from "./audit/audited-pipeline.ts";
import type { Auditor } from "./audit/auditor.ts";
import type { Authorizer } from "./authorization/authorizer.ts";
import { defaultAuthorization } from "./authorization/authorizer-chain.ts";
import {
  type ClusterAuthorizer,
  type ClusterAuthorizerDependencies,
  createClusterAuthorizer,
} from "./authorization/cluster-authorizer.ts";
import { bindingHooks, roleHooks } from "./authorization/rbac/escalation.ts";
import { ClusterKeeper } from "./bootstrap/cluster-keeper.ts";
import type { ApiEndpoint } from "./bootstrap/kubernetes-service.ts";
import { nodeRules } from "./bootstrap/policy/policy.ts";
import { signingRequestHooks } from "./certificates/request-hooks.ts";
import type { ClusterState } from "./cluster-state.ts";
import { type Component, ComponentStatuses } from "./components/component-statuses.ts";
import { CelMetrics } from "./crd/cel/cel-metrics.ts";
import { LazyCel } from "./crd/cel/lazy-cel.ts";
import { CustomResources, OBJECT_META } from "./crd/custom-resources.ts";
import { definitionHooks } from "./crd/definition-hooks.ts";
import { instanceDeleter } from "./crd/delete-instances.ts";
import { withAdminAccess } from "./devices/admin-access.ts";
import { expressionHooks } from "./expressions/expression-hooks.ts";
import { createInProcessTransport } from "./in-process-transport.ts";
import { namespaceHooks } from "./namespaces/namespace-hooks.ts";
import type { RequestPipeline } from "./pipeline.ts";
import { withParameterAccess } from "./policies/parameter-access.ts";
import { PolicyTypeChecking } from "./policies/type-checking/policy-type-checking.ts";
import { QuotaReservations } from "./quota/quota-reservations.ts";
import {
  reviewLocalSubjectAccess,
  reviewSelfSubjectAccess,
  reviewSelfSubjectRules,
  reviewSubjectAccess,
} from "./reviews/access-reviews.ts";
import type { Review } from "./reviews/review.ts";
import { reviewSelf } from "./reviews/self-subject-review.ts";
import { type TokenReviewer, tokenReview } from "./reviews/token-review.ts";
import { tlsWarnings } from "./secrets/tls-warnings.ts";
import type { ServiceRanges } from "./services/allocation-context.ts";
import { ServiceAllocation } from "./services/service-allocation.ts";
import { type AdmitConnection, connectionAdmission } from "./streams/admit-connection.ts";
import { bindingSubresource, createBinding } from "./subresources/binding.ts";
import { evictionSubresource } from "./subresources/eviction.ts";
import { scaleSubresource } from "./subresources/scale.ts";
import { statusSubresource } from "./subresources/status.ts";
import type { SubresourceHandler } from "./subresources/subresource.ts";
import { tokenSubresource } from "./subresources/token.ts";
import type { TokenIssuer } from "./subresources/token-issuer.ts";
import { FieldManagers } from "./verbs/field-managers.ts";
import { Watches } from "./verbs/watch.ts";
import type { WriteEnvironment } from "./verbs/write-environment.ts";
import type { WebhookClient } from "./webhook/webhook-client.ts";

export interface ApiServerCoreOptions {
  readonly serviceRanges: ServiceRanges;
  /** What is switched on of what is off by default. Default: nothing. */
  readonly features?: Features;
  /** Watches without a timeout end after one to two times this, so that load spreads anew. Default: half an hour. */
  readonly minWatchMs?: number;
  /** Default: what upstream does without a file. */
  readonly admissionConfiguration?: AdmissionConfiguration;
  /** Where the plugin that asks about images is configured. */
  readonly imagePolicy?: ImagePolicyDependencies | undefined;
}

export interface ApiServerCoreDependencies {
  readonly state: ClusterState;
  readonly tokenIssuer: TokenIssuer;
  readonly tokenReviewer: TokenReviewer;
  readonly webhooks: Pick<WebhookClient, "call">;
  /** As whom those for admission are called. Default: as nobody. */
  readonly webhookUsers?: WebhookUsers;
  readonly clock: Clock;
  /** A number from 0 up to but not including 1. */
  readonly random: () => number;
  readonly newUid: () => string;
  readonly logger: Logger;
  /** Default: requests are not recorded. */
  readonly auditor?: Auditor | undefined;
  /** Default: nobody reads them. */
  readonly metrics?: Metrics;
  /** What `kubectl get componentstatuses` shows. Default: nothing. */
  readonly components?: readonly Component[];
  /** Default: Node and RBAC. */
  readonly authorization?: Pick<ClusterAuthorizerDependencies, "chain" | "metrics">;
  /** Default: those of `authorization`, see `createClusterAuthorizer`. */
  readonly authorizer?: Authorizer;
  /** Default: those of kube-apiserver that this server has. */
  readonly admission?: readonly AdmissionPlugin[];
}

/** Everything between an authenticated request and the store. Disposing ends what it does in the background. */
export interface ApiServerCore extends AsyncDisposable {
  readonly pipeline: RequestPipeline;
  /** The same for clients in this process, whose requests nobody has recorded yet. */
  readonly localPipeline: RequestPipeline;
  /** Decides about every request that the pipeline gets. */
  readonly authorizer: Authorizer;
  /** Decides about connections that have been let through. */
  readonly admitConnection: AdmitConnection;
  /** Acts on the server's own account. */
  readonly client: Client;
  /**
   * Creates what every cluster has, as far as it is missing, and from then on whenever somebody has deleted it.
   * `endpoint` is where pods reach this server.
   */
  bootstrap(endpoint: ApiEndpoint): Promise<void>;
  /** Whether `bootstrap` has once made everything. */
  readonly isBootstrapped: boolean;
}

/** The default of kube-apiserver's `--min-request-timeout`. */
const MIN_WATCH_MS = 1_800_000;

const NAMESPACE = { apiVersion: "v1", kind: "Namespace", spec: {} } as const;

/** Whom the server writes as on its own account. */
const SELF: UserInfo = { name: "system:apiserver", groups: [PRIVILEGED_GROUP, AUTHENTICATED_GROUP] };

export function createApiServerCore(
  options: ApiServerCoreOptions,
  dependencies: ApiServerCoreDependencies,
): ApiServerCore {
  const { serviceRanges, features = NO_FEATURES, imagePolicy } = options;
  const { admissionConfiguration = DEFAULT_CONFIGURATION } = options;
  const { state, clock, random, newUid, logger, auditor, tokenIssuer, tokenReviewer } = dependencies;
  const { metrics = new Metrics(), authorization = defaultAuthorization(metrics) } = dependencies;
  const services = new ServiceAllocation({ ...state, ranges: serviceRanges, clock, random, logger, metrics });
  const cel = new LazyCel(new CelMetrics(metrics, { clock }));
  const ofNodes = { nodeRules: nodeRules(features) };
  const rights = createClusterAuthorizer(ofNodes, { ...state, logger, ...authorization });
  const quotas = new QuotaReservations({
    cluster: state.objects,
    clock,
    write: (quota) => client.updateStatus("ResourceQuota", quota),
    limited: admissionConfiguration.limitedResources,
  });
  const codec = new Codec();
  const schemaOf: WriteEnvironment["schemaOf"] = (kind) => state.schemas.ofResource(kind);
  const dynamic = createDynamicAdmission({ ...dependencies, ...state, metrics, codec, schemaOf });
  const plugins =
    dependencies.admission ?? orderPlugins(dynamic.plugins, admissionConfiguration, { imagePolicy, metrics });
  const createNamespace = (name: string) => client.create("Namespace", { ...NAMESPACE, metadata: { name } });
  const shared = { codec, schemaOf, features };
  const parts = { services, rights, cel, ...shared, plugins, quotas, createNamespace, metrics };
  const environment = writeEnvironment(dependencies, parts);
  const routes = {
    environment,
    watches: new Watches(
      { minWatchMs: options.minWatchMs ?? MIN_WATCH_MS },
      { storage: state.storage, clock, random },
    ),
    reviews: reviewsBy(tokenReviewer),
    reports: new Map([["componentstatuses", new ComponentStatuses(dependencies.components ?? [])]]),
    subresources: subresourcesBy(tokenIssuer),
  };
  const pipeline = new ApiPipeline(routes, { logger, metrics });
  const localPipeline = auditor === undefined ? pipeline : auditedPipeline(pipeline, auditor, newUid);
  const client = createClient(createInProcessTransport(localPipeline, SELF, { userAgent: "kube-apiserver" }));
  services.keepAddresses(client);
  const deleteAll = instanceDeleter(environment, SELF);
  const customResources = new CustomResources({ ...dependencies, ...state, cel, client, deleteAll });
  const typeChecking = new PolicyTypeChecking({ ...state, pipeline: localPipeline, clock, logger });
  const keeper = new ClusterKeeper({ ...state, client, clock, logger }, { serviceRanges, features });
  return {
    pipeline,
    localPipeline,
    authorizer: environment.authorizer,
    admitConnection: connectionAdmission(environment),
    client,
    bootstrap: (endpoint) => keeper.start(endpoint),
    get isBootstrapped() {
      return keeper.isStarted;
    },
    [Symbol.asyncDispose]: () =>
      disposeAll([keeper, typeChecking, customResources, services, dynamic, rights]),
  };
}

/** One after the other. */
async function disposeAll(parts: readonly AsyncDisposable[]): Promise<void> {
  for (const part of parts) await part[Symbol.asyncDispose]();
}

interface WriteParts extends Pick<WriteEnvironment, "codec" | "schemaOf" | "features"> {
  readonly services: ServiceAllocation;
  readonly rights: ClusterAuthorizer;
  readonly cel: LazyCel;
  readonly quotas: QuotaReservations;
  readonly plugins: readonly AdmissionPlugin[];
  readonly createNamespace: AdmissionEnvironment["createNamespace"];
  readonly metrics: Metrics;
}

function writeEnvironment(
  dependencies: ApiServerCoreDependencies,
  { services, rights, cel, plugins, quotas, createNamespace, metrics, ...parts }: WriteParts,
): WriteEnvironment {
  const { state, clock, random, newUid, authorizer = rights.authorizer } = dependencies;
  const { registry, storage, objects, schemas } = state;
  const holders = { authorizer, roles: rights.roles };
  const [roles, bindings] = [roleHooks(holders), bindingHooks(holders)];
  return {
    registry,
    storage,
    objects,
    ...parts,
    admission: new AdmissionChain(
      plugins,
      {
        cluster: objects,
        authorizer,
        random,
        clock,
        quotas,
        kinds: registry,
        createNamespace,
      },
      new AdmissionMetrics(metrics, { clock }),
    ),
    authorizer,
    fieldManagers: new FieldManagers(registry),
    hooks: new Map([
      ["services", services.hooks],
      ["namespaces", namespaceHooks],
      // Keys of secrets hold nothing else.
      ["secrets", { warnings: (object) => tlsWarnings(object as Secret) }],
      ...withParameterAccess(withAdminAccess(expressionHooks(), objects), { authorizer, registry, objects }),
      ["certificatesigningrequests.certificates.k8s.io", signingRequestHooks],
      ["roles.rbac.authorization.k8s.io", roles],
      ["clusterroles.rbac.authorization.k8s.io", roles],
      ["rolebindings.rbac.authorization.k8s.io", bindings],
      ["clusterrolebindings.rbac.authorization.k8s.io", bindings],
      [
        "customresourcedefinitions.apiextensions.k8s.io",
        definitionHooks({ cel, metaSchema: schemas.ofType(OBJECT_META) }),
      ],
    ]),
    clock,
    random,
    newUid,
  };
}

function reviewsBy(tokenReviewer: TokenReviewer): ReadonlyMap<string, Review> {
  return new Map<string, Review>([
    ["bindings", createBinding],
    ["tokenreviews.authentication.k8s.io", tokenReview(tokenReviewer)],
    ["selfsubjectreviews.authentication.k8s.io", reviewSelf],
    ["subjectaccessreviews.authorization.k8s.io", reviewSubjectAccess],
    ["selfsubjectaccessreviews.authorization.k8s.io", reviewSelfSubjectAccess],
    ["localsubjectaccessreviews.authorization.k8s.io", reviewLocalSubjectAccess],
    ["selfsubjectrulesreviews.authorization.k8s.io", reviewSelfSubjectRules],
  ]);
}

function subresourcesBy(tokenIssuer: TokenIssuer): ReadonlyMap<string, SubresourceHandler> {
  return new Map<string, SubresourceHandler>([
    ["status", statusSubresource],
    ["scale", scaleSubresource],
    ["pods/binding", bindingSubresource],
    ["pods/eviction", evictionSubresource],
    ["serviceaccounts/token", tokenSubresource(tokenIssuer)],
  ]);
}
