import { analyzer } from '../../src/analyzers/service-traffic-policy.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'services')
