import { analyzer } from '../../src/analyzers/gateway-routes.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'gateway')
