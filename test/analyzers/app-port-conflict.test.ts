import { analyzer } from '../../src/analyzers/app-port-conflict.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'containers')
