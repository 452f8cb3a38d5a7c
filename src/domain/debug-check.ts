import { isObjectName } from './name.ts'

/** A ready-made question that can be asked from where a pod stands. */
export type DebugCheck =
  | { readonly kind: 'dns'; readonly host: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'http'; readonly host: string; readonly port: number; readonly path: string }

/** A host name or IPv4 address that a check may ask; never link-local, where clouds keep the credentials of nodes. */
export const isDebugHost = (host: string): boolean =>
  isObjectName(host) && !/^169\.254\.|^0+\.|^\d+$|^0x/.test(host) && !/(?:^|\.)metadata(?:\.|$)/.test(host)

/** The argument vector of a check, bounded in time; programs that busybox has. There is no shell in between. */
export const debugCommand = (check: DebugCheck): readonly string[] => {
  switch (check.kind) {
    case 'dns':
      return ['timeout', '20', 'nslookup', check.host]
    case 'tcp':
      return ['timeout', '20', 'nc', '-z', '-v', '-w', '5', check.host, String(check.port)]
    case 'http':
      return [
        'timeout',
        '20',
        'wget',
        '-S',
        '-T',
        '10',
        '-O',
        '/dev/null',
        `http://${check.host}:${check.port}${check.path}`,
      ]
  }
}
