import { analyzer } from '../../src/analyzers/load-balancer.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'services')
