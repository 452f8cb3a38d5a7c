import { analyzer } from '../../src/analyzers/missing-governing-service.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'controllers')
