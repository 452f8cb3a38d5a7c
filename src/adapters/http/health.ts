import type { HttpAnswer, Route } from './listener.ts'

/** One dependency: `check` throws, with a short message for an operator, where it is not there. */
export type Dependency = {
  readonly name: string
  /** Whether the app can do its work without it. */
  readonly needed: boolean
  check(signal: AbortSignal): Promise<void>
}

/** Alive: answers as long as the process does. */
export const healthRoute: Route = { method: 'GET', handle: async () => ({ status: 200, body: { status: 'alive' } }) }

/**
 * Ready: each dependency by name, asked with a deadline of 2 s; 503 when one that is needed is not there, or while
 * `stopping` says so.
 */
export const readyRoute = (dependencies: readonly Dependency[], stopping: () => boolean): Route => ({
  method: 'GET',
  handle: async (): Promise<HttpAnswer> => {
    const answers = await Promise.all(dependencies.map(ask))
    const lacking = answers.some((answer) => answer.needed && answer.status !== 'ok')
    const ready = !lacking && !stopping()
    return {
      status: ready ? 200 : 503,
      ...(ready ? {} : { headers: { 'retry-after': '5' } }),
      body: {
        status: stopping() ? 'stopping' : ready ? 'ready' : 'not ready',
        dependencies: Object.fromEntries(answers.map(({ name, ...rest }) => [name, rest])),
      },
    }
  },
})

type Asked = { readonly name: string; readonly needed: boolean; readonly status: string; readonly message?: string }

const ask = async ({ name, needed, check }: Dependency): Promise<Asked> => {
  const signal = AbortSignal.timeout(2_000)
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('no answer within 2 s')), { once: true })
  })
  try {
    await Promise.race([check(signal), late])
    return { name, needed, status: 'ok' }
  } catch (error) {
    const message = error instanceof Error ? error.message.split('\n', 1)[0]?.slice(0, 200) : undefined
    return { name, needed, status: 'unavailable', ...(message === undefined ? {} : { message }) }
  }
}
