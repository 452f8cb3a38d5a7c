import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openRedis, type RedisServer } from '../../../src/adapters/redis/connect.ts'

/** A real, throw-away Redis for one test file. */
export const throwAwayRedis = (): Promise<RedisServer> => openRedis({})

/** A fresh folder below the temporary one. */
export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), 'doctor-test-'))
