import { analyzer } from '../../src/analyzers/gateway.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'gateway')
