import { analyzer } from '../../src/analyzers/sibling-command.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'sibling-commands')
