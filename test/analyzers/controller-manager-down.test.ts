import { analyzer } from '../../src/analyzers/controller-manager-down.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'controllers')
