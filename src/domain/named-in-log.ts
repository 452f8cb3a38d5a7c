/** Whether a log names a workload, as kubectl, helm and their like write it: `deployment/checkout`, `Deployment "checkout"`. */
export const isNamedInLog = (
  log: string,
  { namespace, name }: { readonly namespace?: string | undefined; readonly name: string },
): boolean =>
  log.includes(name) &&
  new RegExp(
    `(?:deployment|statefulset|daemonset|job)s?(?:\\.apps)?[ /"']{1,3}(?:${literally(namespace ?? '')}/)?${literally(name)}(?![\\w-])`,
    'i',
  ).test(log)

const literally = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
