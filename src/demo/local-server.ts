import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Listens on the loopback interface, on a free port where none is given; returns the origin. */
export const listenLocally = (server: Server, port = 0): Promise<string> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  })

/** Ends a server with the connections it has. */
export const closeServer = async (server: Server): Promise<void> => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}

/** A port that was free a moment ago. */
export const freePort = async (): Promise<number> => {
  const server = createServer()
  const origin = await listenLocally(server)
  await closeServer(server)
  return Number(new URL(origin).port)
}
