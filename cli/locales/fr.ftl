# Les mots de `quitus` en français. Mêmes identifiants et mêmes valeurs que dans en.ftl.
# Espaces insécables (U+00A0) devant : ; ! ? et à l’intérieur des guillemets ; apostrophe typographique.

## Étiquettes

label-error = erreur :{" "}
label-hint = conseil :{" "}
label-warning = attention :{" "}
label-cause = {" : "}
prompt = { $question } :{" "}

## Aide : rubriques et mots pour les valeurs

heading-usage = Usage :
heading-commands = Commandes{"\u00A0"}
heading-arguments = Arguments{"\u00A0"}
heading-options = Options{"\u00A0"}
heading-global = Options de toutes les commandes{"\u00A0"}
value-command = COMMANDE
value-path = CHEMIN
value-url = URL
value-file = FICHIER
value-dir = DOSSIER
value-when = QUAND
value-n = N
value-link = LIEN
value-lang = LANGUE
value-recipient = DESTINATAIRE
value-in = ENTRÉE
value-out = SORTIE
value-shell = SHELL

## Aide : le programme

help = Remet des fichiers de main en main, chiffrés de bout en bout
help-more =
    Codes de retour : 0 terminé, 1 imprévu, 2 usage, 3 fait en partie, 4 non autorisé,
    5 disparu (expiré, utilisé, révoqué ou inconnu), 6 intégrité ou expéditeur non
    vérifiés, 7 passager, 8 fichiers locaux, 9 règle ou quota, 10 aucune de vos clés
    ne l’ouvre, 130 et 143 interrompu.

    Les résultats vont sur la sortie standard, tout le reste sur la sortie d’erreur.
    Variables : QUITUS_HOME, QUITUS_RELAY, NO_COLOR, ainsi que LC_ALL, LC_MESSAGES
    ou LANG pour la langue.
help-lang = Langue des messages : en ou fr ; par défaut, celle de la session
help-json = Écrire les événements sur la sortie d’erreur, un objet JSON par ligne, au lieu de phrases
help-quiet = N’écrire que les erreurs et les avertissements
help-no-input = Ne jamais poser de question ; échouer plutôt
help-home = Dossier de vos clés et de votre registre (ou QUITUS_HOME)
help-help = Afficher cette page
help-version = Afficher la version

## Aide : send

help-send = Envoyer des fichiers ou des dossiers par un relais ; affiche le lien à remettre
help-send-more =
    Exemple :
      quitus send ./brief notes.pdf --expires 36h > lien.txt

    Les fichiers sont scellés sur cette machine ; le relais ne peut pas les lire.
    Quiconque a le lien peut les recevoir : remettez-le par un canal de confiance.
help-send-paths = Fichiers et dossiers à envoyer
help-send-relay = Adresse du relais (ou QUITUS_RELAY ; par défaut http://127.0.0.1:7470)
help-send-ca-file = Pour le certificat du relais, ne se fier qu’aux autorités de ce fichier PEM
help-send-expires = Fin du lien : 36h, 7d, 2w ou une date comme 2026-12-24 (par défaut 7d, sept jours)
help-send-downloads = Nombre de fois où le lien peut servir (par défaut 1)

## Aide : receive

help-receive = Recevoir ce qui a été envoyé
help-receive-more =
    Exemple :
      quitus receive - -o reçus < lien.txt

    Sans lien, il est demandé. Un lien donné en argument est visible des autres
    programmes de cette machine pendant que la commande tourne.
    Rien ne prend son nom définitif avant que tout ait été vérifié.
help-receive-link = Le lien, ou - pour le lire sur l’entrée standard
help-receive-output = Dossier où écrire (par défaut le dossier courant), ou - pour la sortie standard
help-receive-sealed = Laisser scellé : écrire sealed.age et identity.txt, que age -d -i ouvre
help-receive-portable-names = Renommer les fichiers dont certains systèmes refusent le nom
help-receive-ca-file = Pour le certificat du relais, ne se fier qu’aux autorités de ce fichier PEM

## Aide : encrypt

help-encrypt = Sceller un fichier pour des destinataires age ou avec une phrase secrète
help-encrypt-more =
    Exemple :
      quitus encrypt -r age1… -o notes.pdf.age notes.pdf

    Le résultat est un fichier age ordinaire ; tout programme age l’ouvre.
help-encrypt-recipient = Sceller pour ce destinataire (age1…) ; peut être répété
help-encrypt-recipients-file = Sceller pour les destinataires de ce fichier, un par ligne
help-encrypt-passphrase = Sceller avec une phrase secrète, demandée au terminal
help-encrypt-passphrase-file = Sceller avec la phrase secrète de la première ligne de ce fichier
help-encrypt-armor = Écrire du texte (PEM) au lieu d’octets
help-encrypt-output = Fichier à écrire, qui ne doit pas exister ; par défaut la sortie standard
help-encrypt-input = Fichier à sceller ; par défaut l’entrée standard

## Aide : decrypt

help-decrypt = Ouvrir un fichier age
help-decrypt-more =
    Exemple :
      quitus decrypt -i clé.txt -o notes.pdf notes.pdf.age

    Les fichiers binaires et en texte sont reconnus. Un fichier modifié ou tronqué
    donne le code 6 ; ce qui est déjà sorti est exact, mais incomplet.
help-decrypt-identity = Ouvrir avec les identités de ce fichier ; peut être répété
help-decrypt-passphrase = Ouvrir avec une phrase secrète, demandée au terminal
help-decrypt-passphrase-file = Utiliser la phrase secrète de la première ligne de ce fichier
help-decrypt-output = Fichier à écrire, qui ne doit pas exister ; par défaut la sortie standard
help-decrypt-input = Fichier à ouvrir ; par défaut l’entrée standard

## Aide : completions, man

help-completions = Afficher le script de complétion d’un shell
help-completions-shell = bash, elvish, fish, powershell ou zsh
help-man = Écrire les pages de manuel dans un dossier
help-man-folder = Dossier où écrire

## Une ligne de commande incompréhensible

usage-unknown-command = la commande « { $name } » n’existe pas
usage-unknown-argument = « { $argument } » n’est pas attendu ici
usage-missing = il manque : { $arguments }
usage-no-command = aucune commande n’est donnée
usage-no-value = { $argument } demande une valeur
usage-invalid-value = { $argument } ne peut pas valoir « { $value } »
usage-twice = { $argument } est donné deux fois
usage-conflict = { $argument } ne peut pas accompagner { $other }
usage-not-text = un argument n’est pas de l’UTF-8 valide
usage-other = la ligne de commande est incompréhensible
usage-hint = voyez : quitus --help
usage-hint-command = voyez : quitus { $command } --help
usage-hint-meant = vouliez-vous dire « { $meant } » ?
usage-hint-values = choisissez parmi : { $values }
usage-hint-expires = donnez une durée comme 36h, 7d ou 2w, ou une date comme 2026-12-24
usage-hint-downloads = donnez un nombre entier, 1 au moins

## Questions

nobody-to-ask = { $question } : il n’y a personne à qui le demander
nobody-to-ask-hint = utilisez { $flag }
empty-answer = la réponse est vide
answers-differ = les deux réponses diffèrent
gave-up = abandon à la question

## Fichiers et flux

cannot-read = impossible de lire { $path }
cannot-write = impossible d’écrire { $path }
cannot-write-output = impossible d’écrire la sortie
no-home-folder = le système ne vous connaît pas de dossier personnel
no-home-folder-hint = indiquez un dossier pour vos clés avec --home ou QUITUS_HOME
unexpected = une erreur imprévue s’est produite

reason-not-found = ce fichier ou dossier n’existe pas
reason-permission-denied = accès refusé
reason-already-exists = il existe déjà
reason-not-a-folder = une partie du chemin n’est pas un dossier
reason-is-a-folder = c’est un dossier
reason-folder-not-empty = le dossier n’est pas vide
reason-read-only = le disque est en lecture seule
reason-storage-full = il n’y a plus de place sur le disque
reason-disk-quota = votre quota sur le disque est épuisé
reason-file-too-large = le fichier est trop grand pour ce disque
reason-invalid-name = ce disque refuse ce nom
reason-connection-refused = personne ne répond à cette adresse
reason-connection-lost = la connexion a été perdue
reason-unreachable = le réseau ne permet pas de l’atteindre
reason-timed-out = le délai est dépassé
reason-ended-early = la fin est arrivée trop tôt
reason-out-of-memory = la mémoire est épuisée
reason-other = { $text }

## Progression

progress = { $label } : { SIZE($done) }, { SIZE($rate) }/s
progress-of = { $label } : { SIZE($done) } sur { SIZE($total) }, { SIZE($rate) }/s, reste { $left }

## man

man-done = { $pages ->
    [one] { $pages } page écrite dans { $folder }
   *[other] { $pages } pages écrites dans { $folder }
}
