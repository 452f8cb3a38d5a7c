import { type AdmissionWebhook, refOf } from '../domain/kubernetes.ts'
import { matchesSelector } from '../domain/selector.ts'
import type { Check, Said } from './check.ts'

/** Whether it is asked about pods of kube-system, from which the cluster must be able to come back by itself. */
const guardsSystem = (hook: AdmissionWebhook): boolean => {
  const labels = { 'kubernetes.io/metadata.name': 'kube-system' }
  const pods = (hook.rules ?? []).some(
    ({ resources = [], apiGroups = [], operations = [] }) =>
      resources.some((one) => one === '*' || one === '*/*' || one === 'pods') &&
      apiGroups.some((one) => one === '*' || one === '') &&
      operations.some((one) => one === '*' || one === 'CREATE'),
  )
  const named =
    Object.keys(hook.objectSelector?.matchLabels ?? {}).length > 0 ||
    (hook.objectSelector?.matchExpressions ?? []).length > 0
  return pods && !named && matchesSelector(hook.namespaceSelector ?? {}, labels)
}

/**
 * Webhooks that can stop the cluster from healing itself: failurePolicy Fail over pods of kube-system, or a wait of more than
 * ten seconds for every request. What is down now is diagnosis' business.
 */
export const check: Check = {
  id: 'webhook-scope',
  looksFor: 'webhooks that can block kube-system or slow every write',
  reads: ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'],
  look: (view) =>
    [...view.all('ValidatingWebhookConfiguration'), ...view.all('MutatingWebhookConfiguration')].flatMap(
      (configuration): readonly Said[] =>
        (configuration.webhooks ?? []).flatMap((hook): readonly Said[] => {
          const object = refOf(configuration)
          const name = hook.name ?? 'webhook'
          const inside = hook.clientConfig?.service !== undefined
          if ((hook.failurePolicy ?? 'Fail') === 'Fail' && inside && guardsSystem(hook))
            return [
              {
                severity: 'warn',
                object,
                summary: `${name} must answer for pods of kube-system too: while its own pods are down, nothing there can start`,
                fix: 'exclude kube-system by namespaceSelector, or set failurePolicy: Ignore',
              },
            ]
          if ((hook.timeoutSeconds ?? 10) > 10)
            return [
              {
                severity: 'info',
                object,
                summary: `${name} may hold every request for ${hook.timeoutSeconds} s`,
                fix: 'set timeoutSeconds to 10 or less',
              },
            ]
          return []
        }),
    ),
}
