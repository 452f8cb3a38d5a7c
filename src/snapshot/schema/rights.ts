import type {
  AdmissionWebhook,
  APIService,
  PolicyRule,
  Role,
  RoleBinding,
  WebhookConfiguration,
} from '../../domain/kubernetes.ts'
import { controllerConditions, labelSelector, metadata, texts } from './meta.ts'
import { f, int, list, message, type Shape, text, textOrEmpty } from './shape.ts'

type Some<T> = NonNullable<T>

const rules = list(
  message<PolicyRule>({
    verbs: f(1, texts),
    apiGroups: f(2, list(textOrEmpty)),
    resources: f(3, texts),
    resourceNames: f(4, texts),
    nonResourceURLs: f(5, texts),
  }),
)

/** Role and ClusterRole. */
export const role = message<Omit<Role, 'apiVersion' | 'kind'>>({
  metadata: f(1, metadata),
  rules: f(2, rules),
  aggregationRule: f(
    3,
    message<{ clusterRoleSelectors?: readonly unknown[] }>({
      clusterRoleSelectors: f(1, list(labelSelector as Shape<unknown>)),
    }) as Shape<unknown>,
  ),
})

/** RoleBinding and ClusterRoleBinding. */
export const roleBinding = message<Omit<RoleBinding, 'apiVersion' | 'kind'>>({
  metadata: f(1, metadata),
  subjects: f(
    2,
    list(
      message<Some<RoleBinding['subjects']>[number]>({
        kind: f(1, text),
        apiGroup: f(2, text),
        name: f(3, text),
        namespace: f(4, text),
      }),
    ),
  ),
  roleRef: f(3, message<Some<RoleBinding['roleRef']>>({ apiGroup: f(1, text), kind: f(2, text), name: f(3, text) })),
})

/** A CA bundle is public and long; only whether there is one and its beginning matter. JSON has it as base64. */
const caBundle: Shape<string> = {
  json: text.json,
  wire: (pbf) => Buffer.from(pbf.readBytes()).toString('base64') || undefined,
  wireType: 2,
}

const webhook = (objectSelector: number): Shape<AdmissionWebhook> =>
  message<AdmissionWebhook>({
    name: f(1, text),
    clientConfig: f(
      2,
      message<Some<AdmissionWebhook['clientConfig']>>({
        service: f(
          1,
          message<Some<Some<AdmissionWebhook['clientConfig']>['service']>>({
            namespace: f(1, text),
            name: f(2, text),
            path: f(3, text),
            port: f(4, int),
          }),
        ),
        caBundle: f(2, caBundle),
        url: f(3, text),
      }),
    ),
    rules: f(
      3,
      list(
        message<Some<AdmissionWebhook['rules']>[number]>({
          operations: f(1, texts),
          apiGroups: f([2, 1], list(textOrEmpty)),
          apiVersions: f([2, 2], texts),
          resources: f([2, 3], texts),
        }),
      ),
    ),
    failurePolicy: f(4, text),
    namespaceSelector: f(5, labelSelector),
    timeoutSeconds: f(7, int),
    objectSelector: f(objectSelector, labelSelector),
  })

const configuration = (objectSelector: number) =>
  message<Omit<WebhookConfiguration, 'apiVersion' | 'kind'>>({
    metadata: f(1, metadata),
    webhooks: f(2, list(webhook(objectSelector))),
  })

export const validatingWebhookConfiguration = configuration(10)
export const mutatingWebhookConfiguration = configuration(11)

/** Served by the aggregator as JSON only where it is not built in; the numbers are those of kube-aggregator. */
export const apiService = message<Omit<APIService, 'apiVersion' | 'kind'>>({
  metadata: f(1, metadata),
  spec: f(
    2,
    message<Some<APIService['spec']>>({
      service: f(
        1,
        message<Some<Some<APIService['spec']>['service']>>({
          namespace: f(1, text),
          name: f(2, text),
          port: f(3, int),
        }),
      ),
      group: f(2, text),
      version: f(3, text),
    }),
  ),
  status: f(3, message<Some<APIService['status']>>({ conditions: f(1, controllerConditions) })),
})
