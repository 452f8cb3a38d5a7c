import type { Json } from '../model.ts'
import { ApiError, invalidArguments } from './api-error.ts'

/** Reads a Web API body, form-encoded or JSON, into one object. Throws ApiError for what Slack cannot read either. */
export function parseArguments(contentType: string, body: string): Json {
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? ''
  if (body === '') return {}
  if (type === 'application/json') return parseJsonObject(body)
  if (type === 'application/x-www-form-urlencoded' || type === '') return Object.fromEntries(new URLSearchParams(body))
  throw new ApiError('invalid_post_type')
}

function parseJsonObject(body: string): Json {
  try {
    const value: unknown = JSON.parse(body)
    if (isObject(value)) return value
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
  }
  throw new ApiError('invalid_json')
}

/** True for a plain JSON object, false for arrays, null and scalars. */
export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A string argument that must be there and not be empty. Numbers are taken as Slack takes them. */
export function requiredString(args: Json, name: string): string {
  const value = optionalString(args, name)
  if (value === undefined) throw invalidArguments(`missing required field: ${name}`)
  return value
}

/** A string argument, `undefined` where it is absent or empty. */
export function optionalString(args: Json, name: string): string | undefined {
  const value = args[name]
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value === 'number') return String(value)
  if (typeof value !== 'string') throw invalidArguments(`must be a string [json-pointer:/${name}]`)
  return value
}

/** A flag; forms carry it as the words true, false, 1 or 0. */
export function optionalFlag(args: Json, name: string): boolean {
  const value = args[name]
  return value === true || value === 'true' || value === '1' || value === 1
}

/** A whole number within bounds, or the fallback where absent. */
export function boundedInteger(args: Json, name: string, fallback: number, min: number, max: number): number {
  const value = optionalString(args, name)
  if (value === undefined) return fallback
  const number = Number(value)
  if (!Number.isInteger(number)) throw invalidArguments(`must be an integer [json-pointer:/${name}]`)
  if (number < min || number > max) throw new ApiError('invalid_limit')
  return number
}

/** A structured argument: a value in JSON bodies, a JSON string in forms. `bad` is Slack's error for unreadable text. */
export function optionalJson(args: Json, name: string, bad = 'invalid_arguments'): unknown {
  const value = args[name]
  if (typeof value !== 'string') return value === null ? undefined : value
  if (value.trim() === '') return undefined
  try {
    return JSON.parse(value)
  } catch (cause) {
    throw new ApiError(bad, { response_metadata: { messages: [`[ERROR] ${name}: ${String(cause)}`] } })
  }
}

/** A list of objects, as `blocks` and `attachments` are; empty where absent. */
export function objectList(args: Json, name: string, bad: string): readonly Json[] {
  const value = optionalJson(args, name, bad)
  if (value === undefined) return []
  if (!Array.isArray(value) || !value.every(isObject)) throw new ApiError(bad)
  return value
}

/** A comma-separated list, as `types=public_channel,im`; also a JSON array. */
export function wordList(args: Json, name: string): readonly string[] {
  const value = args[name]
  if (Array.isArray(value)) return value.map(String)
  return (
    optionalString(args, name)
      ?.split(',')
      .map((word) => word.trim()) ?? []
  )
}
