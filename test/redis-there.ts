import { findServer, howToGetRedis, installServer } from '../src/adapters/redis/find-server.ts'

/** Before any test: a Redis is there, or is installed once for all files. Without one, each test that needs it says why it fails. */
export const setup = (): void => {
  if (process.env['REDIS_URL'] !== undefined || findServer() !== undefined) return
  if (!installServer((line) => console.log(line))) console.error(howToGetRedis())
}
