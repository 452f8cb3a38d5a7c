import { connect, createServer, type Socket } from 'node:net'

/** A network line to a port of this machine that can be cut, or go silent while it stays open. */
export type Line = {
  readonly url: string
  /** Breaks every connection that is there off. */
  readonly cut: () => void
  /** From now on nothing comes back on the connections that are there; new ones work. */
  readonly freeze: () => void
  readonly close: () => Promise<void>
}

/** Opens a line to a port. Bytes go through as they are, so TLS is between the two ends. */
export const startLine = async (port: number): Promise<Line> => {
  const pairs = new Set<readonly [Socket, Socket]>()
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    const pair = [near, far] as const
    pairs.add(pair)
    near.pipe(far)
    far.pipe(near)
    for (const socket of pair)
      socket
        .on('error', () => undefined)
        .on('close', () => {
          pairs.delete(pair)
          near.destroy()
          far.destroy()
        })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const address = server.address()
  const cut = (): void => {
    for (const [near] of pairs) near.destroy()
  }
  return {
    url: `https://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    cut,
    freeze: () => {
      for (const [near, far] of pairs) {
        far.unpipe(near)
        far.resume()
      }
    },
    close: () =>
      new Promise((resolve) => {
        cut()
        server.close(() => resolve())
      }),
  }
}
