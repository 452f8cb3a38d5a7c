import type { Credentials } from './credentials.ts'
import type { KubeContext } from './kubeconfig.ts'
import { parseJson, readDeadline } from './reads.ts'
import { openTransport, TransportError } from './transport.ts'

/** The ServiceAccount whose short-lived tokens the executor writes with. */
export type WriterAccount = { readonly namespace: string; readonly name: string }

/** How long a token lives, in seconds: the shortest that Kubernetes gives. */
const life = 600
/** A token is replaced when less than this is left of it, in ms, so that none ends during a write. */
const spare = 120_000

/**
 * The same context with tokens for `account` in place of its own credentials: each is minted by TokenRequest with those, lives
 * ten minutes, is meant for the API server alone, and is kept in memory only. Where none can be had, no request is made.
 */
export const withMintedTokens = (
  context: KubeContext,
  account: WriterAccount,
  now: () => number = Date.now,
): KubeContext & { readonly close: () => void } => {
  const transport = openTransport(context, 1)
  let held: { readonly token: string; readonly until: number } | undefined
  let minting: Promise<string> | undefined
  const mint = async (): Promise<string> => {
    const response = await transport.request({
      method: 'POST',
      path: `/api/v1/namespaces/${account.namespace}/serviceaccounts/${account.name}/token`,
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: JSON.stringify({
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        // No audience named is the API server's own.
        spec: { expirationSeconds: life },
      }),
      deadline: readDeadline,
      maxBytes: 64 * 1024,
    })
    const status = parseJson(response.body)?.['status'] as
      | { token?: unknown; expirationTimestamp?: unknown }
      | undefined
    const until = Date.parse(String(status?.expirationTimestamp))
    if (response.status !== 201 || typeof status?.token !== 'string' || !Number.isFinite(until))
      throw new TransportError(
        'refused',
        `no token for ${account.namespace}/${account.name} (${response.status})`,
        false,
      )
    // Some API servers extend what is asked for; it is not used for longer than it was asked for.
    held = { token: status.token, until: Math.min(until, now() + life * 1000) }
    return held.token
  }
  const token = (): Promise<string> => {
    if (held !== undefined && held.until - now() > spare) return Promise.resolve(held.token)
    minting ??= mint().finally(() => {
      minting = undefined
    })
    return minting
  }
  const credentials: Credentials = async () => {
    // Of its own credentials only what the connection needs: who answers, never who asks.
    const { ca, servername, agent } = await context.credentials()
    const connection = Object.fromEntries(
      Object.entries({ ca, servername, agent }).filter(([, value]) => value !== undefined),
    )
    return { ...connection, headers: { Authorization: `Bearer ${await token()}` } }
  }
  return { ...context, credentials, close: transport.close }
}
